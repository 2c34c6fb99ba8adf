-- name: tenant_zone_known
select exists (select from pg_timezone_names where name = $1) as known;

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

-- name: tenant_model_insert
with made as (
    insert into stage_model (tenant_id, model_version) values ($1, $2) returning *
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, after)
select tenant_id, 'stage_model.created', 'stage_model', model_version, 1, to_jsonb(made) from made;

-- name: tenant_stage_insert
-- Stages and criteria have no identity of their own: version, number and position make one for the log.
with made as (
    insert into stage (tenant_id, model_version, number, key, name, rollup, ceiling)
    values ($1, $2, $3, $4, $5, $6, $7) returning *
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, after)
select tenant_id, 'stage.created', 'stage', model_version * 10 + number, 1, to_jsonb(made) from made;

-- name: tenant_criterion_insert
with made as (
    insert into criterion (tenant_id, model_version, stage_number, position, key, name, type, needs)
    values ($1, $2, $3, $4, $5, upper(left($5, 1)) || replace(substr($5, 2), '_', ' '), $6, $7) returning *
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, after)
select tenant_id, 'criterion.created', 'criterion', (model_version * 10 + stage_number) * 100 + position, 1,
       to_jsonb(made)
  from made;
