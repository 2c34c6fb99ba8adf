"""README's tour, walked on a fresh `tandem dev` with its story; and its settings, held against the binary's."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
import tour  # noqa: E402

from support.dev import started, stopped  # noqa: E402

README = (ROOT / "README.md").read_text(encoding="utf-8")
TANDEM = os.environ["TANDEM"]


@pytest.fixture(scope="module")
def dev():
    directory = tempfile.mkdtemp(prefix="tandem-tour-")
    os.chmod(directory, 0o711)  # the private PostgreSQL's user passes through
    service = started(directory)
    os.remove(f"{directory}/data/dev.env")
    assert stopped(service) == 0
    service = started(directory)  # the tour runs on what is started again, with the people of the first start
    yield directory
    stopped(service)
    shutil.rmtree(directory)


def demonstrate(dev):
    return subprocess.run(["/usr/bin/python3", str(ROOT / "deploy" / "demonstration.py"), "--env",
                           f"{dev}/data/dev.env"], capture_output=True, text=True, check=False)


def test_the_tour_answers_what_the_readme_says(dev):
    loaded = demonstrate(dev)
    assert loaded.returncode == 0, loaded.stderr
    results, errors = tour.run(README, f"{dev}/data/dev.env", dev)
    assert len(results) == len(tour.steps(README)) > 15
    for command, expected, printed in results:
        assert tour.fits(expected, printed), f"$ {command}\nREADME: {expected}\nreally: {printed}\n{errors}"


def test_the_story_is_told_once(dev):
    assert demonstrate(dev).returncode == 0
    again = demonstrate(dev)
    assert again.returncode == 0, again.stderr
    assert again.stdout.startswith("Story: told for ")


def test_the_settings_of_the_readme_are_the_binary_s():
    said = subprocess.run([TANDEM, "config", "--help"], capture_output=True, text=True, check=True).stdout
    settings = re.findall(r"^  (TANDEM_\w+)\s+(.*) \(([^()]*); default (.*)\)$", said, re.M)
    rows = re.findall(r"^\| `(TANDEM_\w+)` \| (.*) \| (.*) \| (.*) \|$", README, re.M)
    assert settings and rows == settings
