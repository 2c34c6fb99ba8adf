"""Each mutant still finds the text that it breaks and the tests that must notice; whether they do, tests/mutation/run tries."""
import os
import sys

import pytest

from tree import ROOT, read

sys.path.insert(0, os.path.join(ROOT, "tests/mutation"))
from mutants import MUTANTS


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant[0])
def test_a_mutant_is_up_to_date(mutant):
    _, path, text, instead, *noticed_by = mutant
    assert read(path).count(text) == 1, f"{path} does not hold {text!r} once"
    assert text != instead and noticed_by
    for test in noticed_by:
        file = test.partition("::")[0] if "/" in test else f"tests/domain/test_{test}.c"
        assert os.path.isfile(os.path.join(ROOT, file)), f"no {file}"


def test_a_mutant_has_a_name_of_its_own():
    names = [mutant[0] for mutant in MUTANTS]
    assert len(set(names)) == len(names)
