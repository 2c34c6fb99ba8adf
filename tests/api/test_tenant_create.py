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


OTHER_ZONES = ["", "EST5", "est5edt", "ABC-3DEF", "ABC3DEF,M3.2.0,M11.1.0", "<+05>-05", "<ABC>", "5", "-7.5",
               "INTERVAL '+05:30'", "default", "local", "zone.tab", "Europe", "Europe/", "../zoneinfo/Europe/Berlin"]


def test_a_time_zone_is_a_name_as_postgresql_writes_it(database):
    """Held against the view that knows every name: its names, the same otherwise written, abbreviations, formulas, junk."""
    with database.cursor() as cursor:
        cursor.execute("""create temporary table zone as select name from pg_timezone_names
                           where name !~ '[0-9]' or name in ('EST5EDT', 'Etc/GMT+5', 'GMT0')""")
        cursor.execute("""
            select count(*), count(name), array_agg(asked) filter (where time_zone_known(asked) <> (name is not null))
              from (select name as asked from zone
                     union select lower(name) from zone
                     union select upper(name) from zone
                     union select name || ' ' from zone
                     union select abbrev from pg_timezone_abbrevs
                     union select unnest(%s)) candidate
              left join zone on name = asked""", (OTHER_ZONES,))
        asked, known, wrong = cursor.fetchone()
        assert wrong is None and known > 400 and asked > 3 * known
        cursor.execute("select time_zone_known('Europe/Berlin'), current_setting('TimeZone') = 'Europe/Berlin'")
        assert cursor.fetchone() == (True, False)


@pytest.mark.parametrize("key", ["", "-a", "_a", "A", "a b", "a" * 64, "ä"])
def test_keys_that_are_none(facts, key):
    answer = create(facts, key=key, admin_subject="ada")
    assert answer.returncode == 1 and "/key: " in answer.stderr


def test_a_key_is_one_tenant(facts, tenant):
    answer = create(facts, key=tenant.key, admin_subject="ada")
    assert answer.returncode == 1 and "There is a tenant with this key" in answer.stderr
