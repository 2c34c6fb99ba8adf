"""`tandem doctor --claim-check`: what a deal says of its claims is decided again, and what does not follow is named."""
import psycopg2
import pytest

from support.stand import run_tandem
from test_several_claims import Two


def check(tenant):
    return run_tandem(tenant.facts["owner_settings"], "doctor", "--claim-check", check=False)


CHANGES = [
    ("opportunity", "counting_claim = %(first)s where id = %(deal)s", "counting_claim"),
    ("opportunity", "partner_ids = partner_ids || 4711 where id = %(deal)s", "partner_ids"),
    ("claim", "signed_at = now() where id = %(first)s", "signed_at"),
    ("claim", "signed_at = null where id = %(second)s", "signed_at"),
]


@pytest.mark.parametrize("table, change, member", CHANGES)
def test_a_row_that_does_not_follow_is_found(own_service, table, change, member):
    tenant, service = own_service()
    two = Two(tenant)
    two.sign(1)
    tenant.direct_deal()
    good = check(tenant)
    assert good.returncode == 0 and "1 deals with a claim, 0 of them differ" in good.stdout, good.stdout
    connection = psycopg2.connect(service.database_url)
    connection.autocommit = True
    names = {"deal": two.id, "first": two.claims[0]["claim_id"], "second": two.claims[1]["claim_id"]}
    connection.cursor().execute(f"update {table} set {change}", names)
    connection.close()
    found = check(tenant)
    assert found.returncode == 1
    assert f"deal {two.id}: {member} does not follow from its claims" in found.stdout
    assert "1 of them differ" in found.stdout
