-- columns: rate_shown
r.currency, r.rated_on, r.rate, r.rate_version, r.set_at, p.id as person, p.name as person_name,
r.currency || '/' || r.rated_on as key;

-- name: rate_find
-- The version in force of a currency and day.
select :rate_shown
  from rate r
  join person p on p.tenant_id = r.tenant_id and p.person_id = r.set_by
 where r.tenant_id = $1 and r.currency = $2 and r.rated_on = $3
 order by r.rate_version desc
 limit 1;

-- name: rate_insert
-- $6 is the difference of the currencies' exponents: numeric keeps it exact.
with made as (
    insert into rate (tenant_id, currency, rated_on, rate_version, rate, minor_rate, set_by)
    values ($1, $2, $3, $4, $5::numeric, $5::numeric * ('1e' || $6::int4)::numeric, tandem_person())
 returning *
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, after)
select tenant_id, 'rate.set', 'rate', rate_id, 1, to_jsonb(made) from made;

-- name: rate_list
-- The versions in force, by currency and day; $2 narrows to a currency, $3 is the key of the page before.
select :rate_shown
  from rate r
  join person p on p.tenant_id = r.tenant_id and p.person_id = r.set_by
 where r.tenant_id = $1 and r.currency = coalesce($2, r.currency)
   and (r.currency, r.rated_on) > (coalesce(split_part($3, '/', 1), ''),
                                   coalesce(nullif(split_part($3, '/', 2), '')::date, '-infinity'))
   and not exists (select from rate newer where newer.tenant_id = r.tenant_id and newer.currency = r.currency
                      and newer.rated_on = r.rated_on and newer.rate_version > r.rate_version)
 order by r.currency, r.rated_on
 limit $4;

-- name: rate_current
-- By which open deals are stated today: the newest of each currency on or before it.
select distinct on (r.currency) r.currency, r.rated_on, r.rate
  from rate r
 where r.tenant_id = $1 and r.rated_on <= tandem_today()
 order by r.currency, r.rated_on desc, r.rate_version desc;

-- name: rate_of_deals
-- By which each of the deals $2 is stated; a deal in the tenant's own currency, or without a rate, has no row.
select s.opportunity_id, r.currency, r.rated_on, r.rate
  from deal_signal s
  join rate r on r.tenant_id = s.tenant_id and r.rate_id = s.rate_id
 where s.tenant_id = $1 and s.opportunity_id = any ($2::int8[]);
