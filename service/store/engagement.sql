-- name: engagement_account
-- The account (one that was merged away is the one that it is), and the instant that is meant: a date is the start of that
-- day in the tenant's zone.
select coalesce(merged_into_id, account_id) as account_id, coalesce($3::timestamptz, $4::date::timestamp at time zone $5) as engaged_at
  from account
 where tenant_id = $1 and id = $2;

-- name: engagement_insert
with made as (
    insert into engagement (tenant_id, id, account_id, product_family, engaged_at, activity_id)
    values ($1, $2, $3, $4, $5, $6)
    returning *
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, effective_at, after)
    select tenant_id, 'engagement.recorded', 'engagement', engagement_id, 1, engaged_at, to_jsonb(made) from made
)
select made.recorded_at,
       least(made.engaged_at, (select min(e.engaged_at) from engagement e
                                where e.tenant_id = $1 and e.account_id = made.account_id
                                  and e.product_family = made.product_family)) as first_engaged_at
  from made;

-- name: engagement_deals
-- Deals that a registration for the account ($2) and family ($3) claims, in the order in which everybody locks them.
select o.id
  from registration r
  join claim c on c.tenant_id = r.tenant_id and c.registration_id = r.registration_id
  join opportunity o on o.tenant_id = c.tenant_id and o.opportunity_id = c.opportunity_id
 where r.tenant_id = $1 and r.account_id = $2 and r.product_family = $3 and r.state = 3
   and o.merged_into is null -- a weaker claim that was left behind by a merge
 group by o.opportunity_id, o.id
 order by o.opportunity_id;
