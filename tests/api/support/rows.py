"""A tenant's rows, for what no answer shows, and whether they are what its events say."""

TABLES = ("account", "account_domain", "claim", "confirmation", "crm_link", "engagement", "evidence", "opportunity",
          "partner", "person", "policy", "rate", "registration", "signoff", "target", "webhook_endpoint")


class Rows:
    """`:tenant` in a query stands for the tenant's internal id."""

    def __init__(self, database, tenant):
        self.database = database
        with database.cursor() as cursor:
            cursor.execute("select tenant_id from tenant where key = %s", (tenant.key,))
            self.tenant_id, = cursor.fetchone()

    def __call__(self, sql):
        with self.database.cursor() as cursor:
            cursor.execute(sql.replace(":tenant", str(self.tenant_id)))
            columns = [column.name for column in cursor.description]
            return [dict(zip(columns, row)) for row in cursor.fetchall()]

    def count(self, table):
        return self(f"select count(*) from {table} where tenant_id = :tenant")[0]["count"]

    def rebuild_differences(self):
        """Tables of this tenant whose rows are not the newest images of their events (tandem doctor, in small)."""
        found = []
        for table in TABLES:
            row, = self(f"""
                with latest as (
                    select distinct on (aggregate_id) aggregate_id, aggregate_version,
                           count(*) over (partition by aggregate_id) as images,
                           to_jsonb(jsonb_populate_record(null::{table}, after))
                               - personal_members('{table}') as image
                      from event where tenant_id = :tenant and aggregate = '{table}'
                     order by aggregate_id, aggregate_version desc
                ), standing as (
                    select {table}_id as aggregate_id, to_jsonb(t) - personal_members('{table}') as image
                      from {table} t
                     where tenant_id = :tenant
                )
                select count(*) as bad
                  from standing s full join latest l using (aggregate_id)
                 where s.image is distinct from l.image or l.images <> l.aggregate_version""")
            if row["bad"]:
                found.append((table, row["bad"]))
        return found
