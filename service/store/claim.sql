-- name: claim_partner
-- The partner in whose name a claim is made.
select p.partner_id, p.id, p.name, p.manager_id
  from partner p
 where p.tenant_id = $1 and p.id = $2;

-- name: claim_insert
-- The claim, and the deal that becomes a partner's by it.
with claimed as (
    insert into claim (tenant_id, id, opportunity_id, partner_id, value, kind, content_hash, deadline_at, created_at,
                       late, registration_id, sourced_passed, sourced_reason)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
    returning *
), claim_logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
    select tenant_id, 'claim.created', 'claim', claim_id, version, opportunity_id, partner_id, to_jsonb(claimed)
      from claimed
), changed as (
    update opportunity o
       set lead_partner_id = c.partner_id, partner_ids = array[c.partner_id], counting_claim = c.id,
           attribution = c.value, owner_id = coalesce(o.owner_id, $14), partner_manager_id = $15,
           partner_rep_id = $16, model_version = $17, vendor_stage = $18, partner_stage = $18, stage_entered_at = c.created_at,
           version = o.version + 1
      from claimed c
     where o.tenant_id = $1 and o.opportunity_id = $3
    returning o.*
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
    select tenant_id, 'opportunity.claimed', 'opportunity', opportunity_id, version, opportunity_id, lead_partner_id,
           to_jsonb(changed)
      from changed
)
select claim_id from claimed;

-- name: claim_join
-- A partner that does not lead learns of the deal; the one that leads learns nothing of that.
with claimed as (
    insert into claim (tenant_id, id, opportunity_id, partner_id, value, kind, content_hash, deadline_at, created_at,
                       late, registration_id, sourced_passed, sourced_reason)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
    returning *
), changed as (
    update opportunity o
       set partner_ids = o.partner_ids || c.partner_id, owner_id = coalesce(o.owner_id, $14), version = o.version + 1
      from claimed c
     where o.tenant_id = $1 and o.opportunity_id = $3
    returning o.*
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
    select tenant_id, 'claim.created', 'claim', claim_id, version, opportunity_id, partner_id, to_jsonb(claimed)
      from claimed
     union all
    select tenant_id, 'opportunity.claimed', 'opportunity', opportunity_id, version, opportunity_id, null,
           to_jsonb(changed)
      from changed
)
select claim_id from claimed;

-- name: claim_count
-- The deal counts by another claim, or by the same one with another value. $4: whose claim has changed; the partner that
-- leads reads of it when it was its own.
with changed as (
    update opportunity o
       set counting_claim = c.id, attribution = c.value, version = o.version + 1
      from claim c
     where o.tenant_id = $1 and o.opportunity_id = $2 and c.tenant_id = $1 and c.id = $3
    returning o.*
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
select tenant_id, 'opportunity.attributed', 'opportunity', opportunity_id, version, opportunity_id,
       case when lead_partner_id = $4 then $4 end, to_jsonb(changed)
  from changed;

-- name: claim_renew
-- A new version: signatures stay as rows of the version they were given on, and count no more.
with renewed as (
    update claim
       set value = $3, kind = $4, content_hash = $5, sourced_passed = $6, sourced_reason = $7, disputed_at = null,
           dispute_reason = null, signed_at = null, claim_version = claim_version + 1, version = version + 1
     where tenant_id = $1 and claim_id = $2
    returning *
), claim_logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
    select tenant_id, 'claim.renewed', 'claim', claim_id, version, opportunity_id, partner_id, to_jsonb(renewed)
      from renewed
)
select claim_version from renewed;

-- name: claim_dispute
with disputed as (
    update claim
       set disputed_at = tandem_now(), dispute_reason = $3, version = version + 1
     where tenant_id = $1 and claim_id = $2
    returning *
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, reason, after)
select tenant_id, 'claim.disputed', 'claim', claim_id, version, opportunity_id, partner_id, dispute_reason,
       to_jsonb(disputed)
  from disputed;

-- name: claim_view_state
-- What the partner $3 expects of the deal $2 from now on. The deal's row stays as it is: nothing is counted or refreshed by it.
with stated as (
    update claim
       set view_amount_minor = $4, view_currency = $5, view_close_date = $6, view_stated_at = tandem_now(),
           view_version = view_version + 1, version = version + 1
     where tenant_id = $1 and opportunity_id = $2 and partner_id = $3
    returning *
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
select tenant_id, 'claim.view_stated', 'claim', claim_id, version, opportunity_id, partner_id, to_jsonb(stated)
  from stated;

-- name: signoff_insert
-- $9: with this one both have signed. The deadline is the claim's own, which never moves.
with decided as (
    insert into signoff (tenant_id, claim_id, claim_version, role, person_id, decision, reason, deadline_at,
                         for_person_id)
    select $1, $2, $3, $4, tandem_person(), $5, $6, c.deadline_at, $10
      from claim c
     where c.tenant_id = $1 and c.claim_id = $2
    returning *
), completed as (
    update claim
       set signed_at = tandem_now(), version = version + 1
     where tenant_id = $1 and claim_id = $2 and $9::boolean
    returning *
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, reason,
                       after)
    select d.tenant_id, case d.decision when 1 then 'claim.signed' else 'claim.declined' end, 'signoff', d.signoff_id,
           1, $7, $8, d.reason, to_jsonb(d)
      from decided d
     union all
    select tenant_id, 'claim.signed_by_both', 'claim', claim_id, version, opportunity_id, partner_id, null,
           to_jsonb(completed)
      from completed
)
select signoff_id from decided;
