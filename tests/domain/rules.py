"""docs/rules.md is true: every function, constraint, view and test that it names exists."""

import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1])
NAME = re.compile(r"`([a-z0-9_]+)`")


def text_of(*patterns):
    return "\n".join(path.read_text() for pattern in patterns for path in sorted(ROOT.glob(pattern)))


def missing_tests(cell):
    """`noun: `case`, `case`; noun: `case``, a noun being a file of tests/domain, or a path."""
    for part in filter(None, (part.strip() for part in cell.split(";"))):
        place, _, names = part.partition(":")
        path = ROOT / place if "/" in place else ROOT / f"tests/domain/test_{place}.c"
        code = path.read_text() if path.is_file() else ""
        cases = NAME.findall(names)
        yield from (f"{place}: {case}" for case in cases if not re.search(rf"\b{case}\(", code))
        if not cases:
            yield f"{place}: no case"


code = text_of("include/tandem/domain/*.h", "include/tandem/base/*.h", "migrations/*.sql")
rows = missing = 0
for line in (ROOT / "docs/rules.md").read_text().splitlines():
    if not line.startswith("| ") or line.startswith("| Rule"):
        continue
    _, lives, tests = (cell.strip() for cell in line.strip("|").split(" | ")) if line.count(" | ") == 2 else ("", "", "")
    homes = NAME.findall(lives)
    wrong = [name for name in homes if not re.search(rf"\b{name}\b", code)] + list(missing_tests(tests))
    if wrong or not homes:
        print(f"not there: {', '.join(wrong) or 'a home'}: {line[:90]}", file=sys.stderr)
        missing += 1
    rows += 1
if rows < 50 or missing:
    sys.exit(f"{missing} of {rows} rules name something that does not exist")
