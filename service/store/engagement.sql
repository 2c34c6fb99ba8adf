-- name: engagement_account
-- The account, and the instant that is meant: a date is the start of that day in the tenant's zone.
select account_id, coalesce($3::timestamptz, $4::date::timestamp at time zone $5) as engaged_at
  from account
 where tenant_id = $1 and id = $2;

-- name: engagement_insert
-- A sourced claim whose registration does not come strictly before the engagement becomes disputed; nothing flips.
with made as (
    insert into engagement (tenant_id, id, account_id, product_family, engaged_at, activity_id)
    values ($1, $2, $3, $4, $5, $6)
    returning *
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, effective_at, after)
    select tenant_id, 'engagement.recorded', 'engagement', engagement_id, 1, engaged_at, to_jsonb(made) from made
), disputed as (
    update claim c
       set disputed_at = tandem_now(), dispute_reason = $7, version = c.version + 1
      from made, registration r, opportunity o
     where c.tenant_id = $1 and c.value = 1 and c.disputed_at is null
       and r.tenant_id = $1 and r.registration_id = c.registration_id
       and r.account_id = made.account_id and r.product_family = made.product_family
       and r.submitted_at >= made.engaged_at
       and o.tenant_id = $1 and o.opportunity_id = c.opportunity_id and o.resolved_at is null
    returning c.*
), disputed_logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, reason,
                       after)
    select tenant_id, 'claim.disputed', 'claim', claim_id, version, opportunity_id, partner_id, dispute_reason,
           to_jsonb(disputed)
      from disputed
)
select made.recorded_at,
       least(made.engaged_at, (select min(e.engaged_at) from engagement e
                                where e.tenant_id = $1 and e.account_id = made.account_id
                                  and e.product_family = made.product_family)) as first_engaged_at
  from made;
