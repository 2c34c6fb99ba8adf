-- name: import_cause
select set_config('tandem.cause', 'import', true);

-- name: import_owner_find
select person_id
  from person
 where tenant_id = $1 and (lower(email) = lower($2) or $2 is null and name = $3)
 order by person_id limit 1;

-- name: import_claimed
select o.external_id
  from opportunity o
 where o.tenant_id = $1 and o.crm_source = $2 and o.external_id = any ($3::text[])
   and o.attribution <> 0 and o.status = 1;

-- name: import_chunk
-- $3: the rows as JSON. The difference decides: an unchanged row writes nothing.
with given as (
    select *
      from jsonb_to_recordset($3::jsonb) as g (
           external_id text, name text, account_id int8, product_family text, amount_minor int8, currency text,
           close_date date, owner_id int8, created_at timestamptz, crm_stage int2, status int2, closed_on date,
           reason_code int2)
), changed as (
    insert into opportunity as o
           (tenant_id, id, crm_source, external_id, name, account_id, product_family, amount_minor, currency,
            close_date, owner_id, crm_stage, created_at, refreshed_at, stage_entered_at, status, closed_on, closed_at,
            reason_code)
    select $1, uuid7(), $2, g.external_id, g.name, g.account_id, g.product_family, g.amount_minor, g.currency,
           g.close_date, g.owner_id, g.crm_stage, coalesce(g.created_at, tandem_now()),
           coalesce(g.created_at, tandem_now()), coalesce(g.created_at, tandem_now()), g.status, g.closed_on,
           g.closed_on at time zone t.time_zone, g.reason_code
      from given g
      join tenant t on t.tenant_id = $1
     order by g.external_id
    on conflict on constraint opportunity_external_id do update
       set name = excluded.name, account_id = excluded.account_id, product_family = excluded.product_family,
           amount_minor = excluded.amount_minor, currency = excluded.currency, close_date = excluded.close_date,
           owner_id = excluded.owner_id, crm_stage = excluded.crm_stage, status = excluded.status,
           closed_on = excluded.closed_on, closed_at = excluded.closed_at, reason_code = excluded.reason_code,
           pushes = o.pushes + (excluded.close_date > o.close_date and o.status = 1)::int,
           version = o.version + 1
     where (o.name, o.account_id, o.product_family, o.amount_minor, o.currency, o.close_date, o.owner_id, o.crm_stage,
            o.status, o.closed_on, o.reason_code)
           is distinct from
           (excluded.name, excluded.account_id, excluded.product_family, excluded.amount_minor, excluded.currency,
            excluded.close_date, excluded.owner_id, excluded.crm_stage, excluded.status, excluded.closed_on,
            excluded.reason_code)
    returning *
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id,
                       effective_at, after)
    select tenant_id, case when version = 1 then 'opportunity.created' else 'opportunity.updated' end, 'opportunity',
           opportunity_id, version, opportunity_id, lead_partner_id,
           case when version = 1 then created_at else tandem_now() end, to_jsonb(changed)
      from changed
)
select count(*) filter (where version = 1) as created, count(*) filter (where version > 1) as updated from changed;
