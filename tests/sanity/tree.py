"""The tree as the checks see it: tracked files, their texts, and the build directory."""
import functools
import os
import re
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("BUILD") or os.path.join(ROOT, "build")
LAYERS = ("base", "domain", "store", "http", "api", "jobs")
CLANG_FORMAT = "clang-format"


@functools.lru_cache(maxsize=None)
def tracked():
    """Every file of ours: what git knows, or all files of a tree without git."""
    listed = subprocess.run(["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others",
                             "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0:
        names = [n for n in listed.stdout.split("\0") if n]
    else:
        names = [os.path.relpath(os.path.join(folder, name), ROOT) for folder, _, files in os.walk(ROOT)
                 for name in files]
        names = [n for n in names if not re.match(r"(build[^/]*|\.git)/|.*(node_modules|__pycache__)/", n)]
    return sorted(n for n in names if os.path.isfile(os.path.join(ROOT, n)))


@functools.lru_cache(maxsize=None)
def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        return file.read()


def files(*patterns):
    """Tracked files whose path matches one of the regular expressions in full."""
    found = [n for n in tracked() if any(re.fullmatch(p, n) for p in patterns)]
    assert found, f"no file matches {patterns}: the check looks in the wrong place"
    return found


def layer(name):
    """base, domain, ... of a file of the service, or "main" for what stands on top."""
    match = re.match(r"(?:service|include/tandem)/(\w+)/", name)
    return match.group(1) if match else "main"


def problems():
    """{code: (symbol, status, title)} of problem.def."""
    return {code: (symbol, int(status), title) for symbol, status, code, title in re.findall(
        r'^PROBLEM\((\w+), (\d+), "([^"]+)", "([^"]+)"\)', read("include/tandem/base/problem.def"), re.M)}
