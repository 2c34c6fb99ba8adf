"""Row security alone, without the predicate that every statement carries: each table shows one tenant its own rows."""
import psycopg2

TABLES = """
select c.relname, c.relrowsecurity from pg_class c join pg_attribute a on a.attrelid = c.oid
 where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and a.attname = 'tenant_id' and not a.attisdropped
   and c.relname <> 'tenant' order by 1"""


def test_every_table_shows_a_tenant_its_own_rows_only(tenant, new_tenant, facts, database):
    other = new_tenant()
    for one in (tenant, other):
        one.sign(one.deal())
        one.direct_deal()
    with database.cursor() as cursor:
        cursor.execute("select tenant_id from tenant where key = %s", [tenant.key])
        mine, = cursor.fetchone()
        cursor.execute(TABLES)
        tables = dict(cursor.fetchall())
    assert len(tables) > 20 and all(tables.values()), [name for name, guarded in tables.items() if not guarded]
    service = psycopg2.connect(facts["settings"]["TANDEM_DATABASE_URL"])
    filled = 0
    with service.cursor() as cursor:
        cursor.execute("select set_config('tandem.tenant', %s, true), set_config('tandem.partners', '*', true),"
                       " set_config('tandem.person', '', true)", [str(mine)])
        for name in tables:
            cursor.execute(f"select count(*), count(*) filter (where tenant_id <> %s) from {name}", [mine])
            rows, strangers = cursor.fetchone()
            assert strangers == 0, f"{name} shows {strangers} rows of other tenants"
            filled += rows > 0
    service.close()
    assert filled > 12, "nothing to see proves nothing"


def test_a_partner_is_shown_its_own_registrations_claims_and_deals_only(tenant, facts, database):
    deals = [tenant.deal()]
    partner = tenant.partner()
    rep = tenant.person("partner_rep", partner=partner)
    registration = tenant.register(rep)
    deals.append(tenant.approve(registration, rep=rep))
    with database.cursor() as cursor:
        cursor.execute("select p.tenant_id, p.partner_id from partner p where p.id = %s", [partner])
        mine, own = cursor.fetchone()
    service = psycopg2.connect(facts["settings"]["TANDEM_DATABASE_URL"])
    with service.cursor() as cursor:
        cursor.execute("select set_config('tandem.tenant', %s, true), set_config('tandem.partners', %s, true)",
                       [str(mine), f"{{{own}}}"])
        for table, others in (("registration", "partner_id <> %s"), ("claim", "partner_id <> %s"),
                              ("opportunity", "not %s = any (partner_ids)"), ("event", "partner_id is distinct from %s")):
            cursor.execute(f"select count(*), count(*) filter (where {others}) from {table}", [own])
            rows, strangers = cursor.fetchone()
            assert rows >= 1 and strangers == 0, (table, rows, strangers)
    service.close()
