"""A confirmed advance extends the protection, whoever leads the deal and whichever side confirms."""
import datetime

import pytest

from support.rows import Rows
from test_several_claims import Two


def protected_until(tenant):
    registration, = tenant.as_("cro").all("/v1/registrations")
    return datetime.datetime.fromisoformat(registration["protected_until"])


@pytest.mark.parametrize("confirmer", ["ae", "partner"])
def test_the_protection_is_extended_when_another_partner_leads(tenant, database, confirmer):
    two = Two(tenant, tenant.deal())
    two.sign(1)
    two.lead(tenant.as_("partnerships_leader"), expect=200)
    before = protected_until(tenant)
    ends = {"ae": tenant.as_("ae"), "partner": two.reps[1]}
    first, second = (ends["partner"], ends["ae"]) if confirmer == "ae" else (ends["ae"], ends["partner"])
    move = {"stage": "registered", "to_stage": "qualified"}
    first.post(f"{two.path}/advance", move, expect=202)
    second.post(f"{two.path}/advance", move, expect=200)
    assert protected_until(tenant) - before == datetime.timedelta(days=30)
    kinds = [row["kind"] for row in tenant.as_("cro").all(f"{two.path}/history")]
    assert kinds.count("registration.protection_extended") == 1
    assert "registration.protection_extended" not in [row["kind"] for row in two.reps[1].all(f"{two.path}/history")], \
        "the other partner's registration is not the new lead's to read"
    assert Rows(database, tenant).rebuild_differences() == []
