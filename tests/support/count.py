"""Adds up JUnit files and prints the last line of tests/run:  count.py <stages that died> file.xml..."""
import sys
import xml.etree.ElementTree


def outcome(case):
    tags = {child.tag for child in case}
    return "failed" if tags & {"failure", "error"} else "skipped" if "skipped" in tags else "passed"


def main():
    died, paths = int(sys.argv[1]), sys.argv[2:]
    totals = {"passed": 0, "failed": died, "skipped": 0}
    for path in paths:
        if path.endswith("*.xml"):  # the shell found none
            continue
        for case in xml.etree.ElementTree.parse(path).iter("testcase"):
            result = outcome(case)
            totals[result] += 1
            if result != "passed":
                print(f"{result}: {case.get('classname')} {case.get('name')}")
    if totals["skipped"]:
        print(f"{totals['skipped']} skipped")
    print(f"{totals['passed']} passed, {totals['failed']} failed")
    return 1 if totals["failed"] or not totals["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
