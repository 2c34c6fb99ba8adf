"""`tandem config check`: what would keep `tandem serve` from starting is told at once, before a start is tried."""
import subprocess

from support import keys
from support.stand import binary, clean_environment

URL = "postgresql:///tandem?host=/run/postgresql"


def tandem(*arguments, **settings):
    run = subprocess.run([binary(), *arguments], env=clean_environment() | settings, capture_output=True, text=True,
                         timeout=20)
    return run.returncode, run.stdout, run.stderr


def named(errors):
    """The settings that the lines begin with, in their order."""
    return [line.split(":")[0] for line in errors.splitlines()]


def test_what_serve_needs_is_good(tmp_path):
    good = {"TANDEM_DATABASE_URL": URL, "TANDEM_JWT_KEYS": keys.KeyRing(str(tmp_path)).path}
    assert tandem("config", "check", **good) == (0, "the settings are good\n", "")
    for missing in good:
        status, _, errors = tandem("config", "check", **{name: good[name] for name in good if name != missing})
        assert (status, named(errors)) == (1, [missing])


def test_every_mistake_is_told_at_once_and_by_serve_too(tmp_path):
    (tmp_path / "short").write_text("31 bytes are fewer than enough.")
    wrong = {"TANDEM_CURSOR_SECRET_FILE": str(tmp_path / "short"), "TANDEM_SIGNING_KEY_FILE": str(tmp_path / "none.pem"),
             "TANDEM_JWT_KEYS": str(tmp_path / "none.json")}
    status, out, errors = tandem("config", "check", **wrong)
    assert (status, out) == (1, "")
    assert [name.split(",")[0] for name in named(errors)] == [
        "TANDEM_DATABASE_URL", "TANDEM_CURSOR_SECRET_FILE", "TANDEM_SIGNING_KEY_FILE", "TANDEM_JWT_KEYS"]
    assert tandem("serve", **wrong) == (1, "", errors)
