"""`tandem tenant create`: a tenant is made whole, or not at all."""
import pytest

from support.rows import Rows
from support.stand import run_tandem


def create(facts, **options):
    arguments = [text for name, value in options.items() for text in (f"--{name.replace('_', '-')}", value)]
    return run_tandem(facts["owner_settings"], "tenant", "create", *arguments, check=False)


def test_a_tenant_has_policy_stage_model_and_admin_each_with_its_event(tenant, database):
    rows = Rows(database, tenant)
    assert [rows.count(table) for table in ("policy", "stage_model", "stage", "criterion", "person")] == [1, 1, 5, 12, 1]
    events = rows("select aggregate, count(*) from event where tenant_id = :tenant and cause = 'tenant_create' and "
                  "actor_id is null group by 1")
    assert {e["aggregate"]: e["count"] for e in events} == {
        "tenant": 1, "policy": 1, "stage_model": 1, "stage": 5, "criterion": 12, "person": 1}
    # no instant is without a policy, however far back the clock stands
    tenant.clock(days=-3650)
    assert tenant.register()["state"] == "submitted"


def test_every_bad_value_is_told_at_once_and_nothing_is_made(facts, database):
    answer = create(facts, key="Bad Key", currency="XXQ", time_zone="Europe/Nowhere", fiscal_start_month="13",
                    admin_email="nobody")
    assert answer.returncode == 1
    for pointer in ("/key", "/currency", "/time_zone", "/fiscal_start_month", "/admin/subject", "/admin/email"):
        assert f"{pointer}: " in answer.stderr, pointer
    assert "Europe/Nowhere" in answer.stderr
    with database.cursor() as cursor:
        cursor.execute("select count(*) from tenant where key = 'Bad Key'")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("key", ["", "-a", "_a", "A", "a b", "a" * 64, "ä"])
def test_keys_that_are_none(facts, key):
    answer = create(facts, key=key, admin_subject="ada")
    assert answer.returncode == 1 and "/key: " in answer.stderr


def test_a_key_is_one_tenant(facts, tenant):
    answer = create(facts, key=tenant.key, admin_subject="ada")
    assert answer.returncode == 1 and "There is a tenant with this key" in answer.stderr
