"""Sizes, style, words, and what must not stand in a repository."""
import os
import re
import subprocess

import pytest

from tree import CLANG_FORMAT, ROOT, files, read, tracked

C_FILES = files(r"(service|include|tests|tools)/.*\.[ch]")
TEXTS = [n for n in tracked() if not n.endswith(("package-lock.json", ".png", ".ico", ".woff2"))]
OURSELVES = "tests/sanity/test_tree.py"


@pytest.mark.parametrize("name", files(r"(service|tests|tools|deploy)/.*\.(c|py|js|mjs)"))
def test_a_file_is_short_enough_to_be_read(name):
    lines = read(name).count("\n")
    assert lines <= 500, f"{lines} lines: the wall is 500"


@pytest.mark.parametrize("name", [n for n in C_FILES if not n.startswith("tests/")])
def test_a_file_says_what_it_is_for(name):
    assert read(name).startswith("/*"), "no comment at the head"


def test_the_style_is_clang_format_s():
    made = subprocess.run([CLANG_FORMAT, "--dry-run", "-Werror", *C_FILES], cwd=ROOT, capture_output=True, text=True)
    wrong = sorted(set(re.findall(r"^([^:\n]+):\d+:\d+: error", made.stderr, re.M)))
    assert made.returncode == 0, f"clang-format -i {' '.join(wrong)}"


def test_python_compiles():
    for name in files(r".*\.py"):
        compile(read(name), name, "exec")


def test_scripts_can_be_run():
    for name in tracked():
        text = read(name) if os.path.getsize(os.path.join(ROOT, name)) < 200_000 else ""
        if text.startswith("#!") and not name.endswith(".py"):
            assert os.access(os.path.join(ROOT, name), os.X_OK), f"{name} is not executable"
            if "bash" in text.split("\n")[0]:
                subprocess.run(["bash", "-n", name], cwd=ROOT, check=True)


# -- words ---------------------------------------------------------------------------------------------------------
UNWANTED = [
    (r"(?i)\becosystems?\b|\bnearbound\b|\bmindshare\b|\bflywheel\b|\bpartner motion\b|\bco-sell motion\b", "a forbidden word"),
    (r"\b(TODO|FIXME|HACK)\b", "unfinished work"),
    (r"\b(registry|deb)\.[a-z]+\.(org|com|io)\b", "a registry's host name"),
    (r"(?<![\w.])/(home|root|work|Users)/", "a path of one machine"),
    (r"-----BEGIN ([A-Z]+ )?PRIVATE KEY-----", "a private key"),
    (r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.", "a token"),
]


@pytest.mark.parametrize("pattern,what", UNWANTED, ids=[w for _, w in UNWANTED])
def test_nothing_unwanted_is_written(pattern, what):
    found = []
    for name in TEXTS:
        if name == OURSELVES:
            continue
        for number, line in enumerate(read(name).splitlines(), 1):
            if re.search(pattern, line):
                found.append(f"{name}:{number}: {line.strip()[:120]}")
    assert not found, f"{what}:\n" + "\n".join(found[:20])


# -- what does not belong here -------------------------------------------------------------------------------------
def test_nothing_made_or_foreign_is_committed():
    for name in tracked():
        assert not re.search(r"(^|/)(build[^/]*|node_modules|__pycache__|\.pytest_cache)/", name), name
        assert not re.search(r"\.(o|a|so|pyc|log|orig|rej|pem|key|sqlite|csv)$", name), name
        assert not name.endswith(("dev.env", ".env")), name
        assert os.path.getsize(os.path.join(ROOT, name)) < 400_000, f"{name} is large: was it made by a program?"


@pytest.mark.parametrize("name", files(r".*package-lock\.json"))
def test_a_lock_file_names_no_host(name):
    assert '"resolved"' not in read(name)
    assert "://" not in read(name)


def test_node_s_packages_are_pinned_one_by_one():
    for name in files(r".*package\.json"):
        assert os.path.dirname(name) + "/package-lock.json" in tracked()
        for version in re.findall(r'ependencies": \{(.*?)\}', read(name), re.S):
            assert re.fullmatch(r'(\s*"[^"]+": "\d+\.\d+\.\d+",?\s*)+', version), name
