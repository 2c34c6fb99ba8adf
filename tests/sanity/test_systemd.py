"""The unit of systemd: how much it is closed, and that it says what the binary and the README say."""
import re
import shutil
import subprocess

import pytest

from tree import ROOT, read

UNIT = "deploy/systemd/tandem.service"
EXPOSURE_MAX = 2.0  # of 10: systemd's own measure
analyzed = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is missing (package systemd)")


def values(name):
    return re.findall(rf"^{name}=(.*)$", read(UNIT), re.M)


@analyzed
def test_the_unit_is_closed():
    made = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", f"{ROOT}/{UNIT}"],
                          capture_output=True, text=True)
    found = re.search(r"Overall exposure level for tandem\.service: ([\d.]+)", made.stdout)
    assert found, made.stdout + made.stderr
    assert float(found.group(1)) < EXPOSURE_MAX, made.stdout


@analyzed
def test_the_unit_is_understood(tmp_path):
    """Without the binary's path, which is the machine's."""
    unit = tmp_path / "tandem.service"
    unit.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", read(UNIT), flags=re.M), encoding="utf-8")
    made = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True)
    assert (made.returncode, made.stderr) == (0, "")


def test_the_unit_serves_and_never_migrates():
    assert values("ExecStart") == ["/usr/bin/tandem serve"]
    assert not values("ExecStartPre")
    assert values("Type") == ["exec"], "the service does not tell systemd that it is ready"


def test_the_settings_of_the_unit_are_settings():
    known = {f"TANDEM_{name.upper()}" for name in
             re.findall(r'^\s+(?:(?:TEXT|INTEGER|BOOLEAN)\(|\{")(\w+)', read("service/config.c"), re.M)}
    named = set(re.findall(r"TANDEM_\w+", read(UNIT)))
    assert named and named <= known, named - known


def test_what_the_settings_read_is_handed_in():
    """%d/NAME is there only when a LoadCredential= puts it there."""
    read_names = re.findall(r"%d/([\w.-]+)", read(UNIT))
    assert sorted(read_names) == sorted(value.split(":")[0] for value in values("LoadCredential"))


def test_the_unit_waits_for_the_drain():
    drain = re.search(r'INTEGER\(drain_timeout_s, "(\d+)"', read("service/config.c"))
    assert int(values("TimeoutStopSec")[0]) > int(drain.group(1))
