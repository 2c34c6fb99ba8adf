-- name: tenant_zone_known
select time_zone_known($1) as known;

-- name: tenant_insert
insert into tenant (key, name, currency, amount_basis, time_zone, fiscal_start_month, go_live_at)
values ($1, $2, $3, $4, $5, $6, coalesce($7, clock_timestamp()))
returning tenant_id;

-- name: tenant_enter
-- The settings under which the rest of the tenant is made; the log starts with the tenant itself.
select set_config('tandem.tenant', t.tenant_id::text, true), set_config('tandem.person', '', true),
       set_config('tandem.partners', '*', true), set_config('tandem.cause', 'tenant_create', true),
       set_config('tandem.now', t.created_at::text, true),
       set_config('tandem.today', (t.created_at at time zone t.time_zone)::date::text, true)
  from tenant t where t.tenant_id = $1;

-- name: tenant_log
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, after)
select tenant_id, 'tenant.created', 'tenant', tenant_id, 1, to_jsonb(tenant)
  from tenant where tenant_id = $1;
