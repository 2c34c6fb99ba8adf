"""What `meson install` puts down: the binary, its man page and its completion, both made from what the binary says."""
import os
import re
import subprocess

import pytest

from tree import BUILD as BUILD_GIVEN, read

BUILD = os.path.abspath(BUILD_GIVEN)
BINARY = os.path.join(BUILD, "service", "tandem")
COMMANDS = re.findall(r'^    \{"(\w+)", command_\w+', read("service/main.c"), re.M)
OPTIONS = {name: re.findall(r'\{"([\w-]+)", (?:.\w.|OPTION_\w+), ', read(f"service/command_{name}.c"), re.M)
           for name in COMMANDS if name not in ("routes", "config")}


def made(name):
    with open(os.path.join(BUILD, "service", name), encoding="utf-8") as file:
        return file.read()


def complete(tmp_path, *words):
    """What the Tab key offers after these words; the last one is the one being typed."""
    script = (f'source "{BUILD}/service/tandem.bash"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tandem; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    run = subprocess.run(["bash", "-u", "-c", script, "bash", "tandem", *words], cwd=tmp_path, text=True,
                         capture_output=True)
    assert run.stderr == ""
    return run.stdout.split()


def test_the_lists_of_this_test_are_not_empty():
    assert {"serve", "migrate", "health"} <= set(COMMANDS)
    assert "daemon-role" in OPTIONS["migrate"] and "admin-subject" in OPTIONS["tenant"] and "url" in OPTIONS["health"]


def test_the_files_are_put_where_they_are_looked_for(tmp_path):
    subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", str(tmp_path)], check=True)
    placed = {os.path.relpath(os.path.join(folder, name), tmp_path)
              for folder, _, names in os.walk(tmp_path) for name in names}
    ends = ("/bin/tandem", "/share/man/man1/tandem.1", "/share/bash-completion/completions/tandem.bash")
    assert len(placed) == len(ends) and all(any(name.endswith(end) for name in placed) for end in ends), placed


# -- the man page --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("command", COMMANDS)
def test_the_man_page_has_every_command_with_its_options(command):
    section = re.search(rf"^\.SS {command}: (.*?)(?=^\.S[SH] )", made("tandem.1"), re.M | re.S)
    assert section, f"tandem.1 has no {command}"
    assert f"\\fBtandem {command}" in section[1], "its usage"
    for option in OPTIONS.get(command, []):
        assert "\\fB\\-\\-" + option.replace("-", "\\-") in section[1], option


def test_the_man_page_has_every_setting():
    known = subprocess.run([BINARY, "config", "--help"], capture_output=True, text=True, check=True).stdout
    for name in re.findall(r"^  (TANDEM_\w+)", known, re.M):
        assert f".TP\n\\fB{name}\\fP\n" in made("tandem.1"), name


def test_the_man_page_is_not_broken_by_its_texts():
    """A line that begins with a dot is a macro: only those that we wrote."""
    used = set(re.findall(r"^[.'](\S*)", made("tandem.1"), re.M))
    assert used == {"TH", "nh", "ad", "SH", "B", "br", "SS", "nf", "fi", "PP", "TP"}


# -- the completion ------------------------------------------------------------------------------------------------
def test_commands_are_completed(tmp_path):
    assert set(complete(tmp_path, "")) == {*COMMANDS, "--help", "--version"}
    assert complete(tmp_path, "mig") == ["migrate"]


@pytest.mark.parametrize("command", sorted(OPTIONS))
def test_options_are_completed(command, tmp_path):
    assert set(complete(tmp_path, command, "--")) == {*(f"--{o}" for o in OPTIONS[command]), "--help", "--usage"}


@pytest.mark.parametrize("words,offered", [
    (["migrate", ""], {"status", "up"}), (["config", "d"], {"dump"}), (["tenant", "c"], {"create"}),
    (["token", "m"], {"mint"})])
def test_verbs_are_completed(words, offered, tmp_path):
    found = set(complete(tmp_path, *words))
    assert {word for word in found if not word.startswith("-")} == offered


def test_files_and_directories_are_completed(tmp_path):
    (tmp_path / "deals.ndjson").write_text("", encoding="utf-8")
    (tmp_path / "data").mkdir()
    assert set(complete(tmp_path, "import", "d")) == {"deals.ndjson", "data"}
    assert complete(tmp_path, "token", "--keys", "deals") == ["deals.ndjson"]
    assert complete(tmp_path, "token", "--keys", "=", "deals") == ["deals.ndjson"]
    assert complete(tmp_path, "token", "--keys", "=") == complete(tmp_path, "token", "-k", "")
    assert complete(tmp_path, "dev", "--data-dir", "d") == ["data"]
    assert complete(tmp_path, "tenant", "--currency", "d") == []
