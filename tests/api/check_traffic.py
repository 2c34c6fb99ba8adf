"""The last phase of tests/run: did the tests meet everything that the contract promises, and did the service end well?

Runs by itself, without the fixtures:  TEST_TRAFFIC=<dir> pytest --noconftest tests/api/check_traffic.py
"""
import collections
import glob
import json
import os
import re
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support.contract import ROOT, Contract  # noqa: E402

DIRECTORY = os.environ["TEST_TRAFFIC"]
CONTRACT = Contract()

# A problem that no test can meet over HTTP, and why. Keep it short: each line is a promise that nobody checks.
NOT_MET = {
    "internal": "only a mistake of ours leads to it",
}


def exchanges():
    for path in glob.glob(os.path.join(DIRECTORY, "*.jsonl")):
        with open(path, encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)


MET = collections.Counter((e["operation"], e["status"]) for e in exchanges())
CODES = collections.Counter(e["code"] for e in exchanges() if e["code"])


def problem_codes():
    with open(os.path.join(ROOT, "include", "tandem", "base", "problem.def"), encoding="utf-8") as file:
        return re.findall(r'^PROBLEM\(\w+, \d+, "([^"]+)"', file.read(), re.M)


@pytest.mark.parametrize("name,status", [(o.name, s) for o in CONTRACT.operations.values()
                                         for s in o.responses if s < 400])
def test_every_promised_success_was_seen(name, status):
    assert MET[(name, status)], f"no test got {status} from {name}"


@pytest.mark.parametrize("code", problem_codes())
def test_every_problem_was_met(code):
    if code in NOT_MET:
        assert not CODES[code], f"{code} was met: take it off the list ({NOT_MET[code]})"
    else:
        assert CODES[code], f"no test met the problem {code}"


def test_the_service_ended_well():
    with open(os.path.join(DIRECTORY, "service-end.json"), encoding="utf-8") as file:
        end = json.load(file)
    assert not end["reports"], "\n\n".join(end["reports"][:3])
    assert end["status"] == 0, f"exit status {end['status']}\n{end['tail']}"
