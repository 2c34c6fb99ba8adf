-- name: claim_partner
-- The partner in whose name a claim is made, and the stage in which a claimed deal starts: the first of the newest
-- model, because a claim that nobody has signed leaves its first criterion open.
select p.partner_id, p.id, p.name, p.manager_id, s.model_version, s.number
  from partner p
  left join lateral (select s.model_version, s.number
                       from stage s
                      where s.tenant_id = p.tenant_id
                      order by s.model_version desc, s.number
                      limit 1) s on true
 where p.tenant_id = $1 and p.id = $2;

-- name: claim_insert
-- The claim, and the deal that becomes a partner's by it.
with claimed as (
    insert into claim (tenant_id, id, opportunity_id, partner_id, value, kind, content_hash, deadline_at, created_at,
                       late)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    returning *
), claim_logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
    select tenant_id, 'claim.created', 'claim', claim_id, version, opportunity_id, partner_id, to_jsonb(claimed)
      from claimed
), changed as (
    update opportunity o
       set lead_partner_id = c.partner_id, attribution = c.value, partner_manager_id = $11, partner_rep_id = $14,
           model_version = $12, vendor_stage = $13, partner_stage = $13, stage_entered_at = c.created_at,
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

-- name: claim_renew
-- A new version: signatures stay as rows of the version they were given on, and count no more.
with renewed as (
    update claim
       set value = $3, kind = $4, content_hash = $5, sourced_passed = $6, sourced_reason = $7, disputed_at = null,
           dispute_reason = null, claim_version = claim_version + 1, version = version + 1
     where tenant_id = $1 and claim_id = $2
    returning *
), claim_logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
    select tenant_id, 'claim.renewed', 'claim', claim_id, version, opportunity_id, partner_id, to_jsonb(renewed)
      from renewed
), changed as (
    update opportunity o
       set attribution = c.value, version = o.version + 1
      from renewed c
     where o.tenant_id = $1 and o.opportunity_id = c.opportunity_id and o.attribution <> c.value
    returning o.*
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
    select tenant_id, 'opportunity.attributed', 'opportunity', opportunity_id, version, opportunity_id,
           lead_partner_id, to_jsonb(changed)
      from changed
)
select claim_version from renewed;

-- name: signoff_insert
with decided as (
    insert into signoff (tenant_id, claim_id, claim_version, role, person_id, decision, reason, deadline_at,
                         for_person_id)
    values ($1, $2, $3, $4, tandem_person(), $5, $6, $7, $10)
    returning *
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, reason,
                       after)
    select d.tenant_id, case d.decision when 1 then 'claim.signed' else 'claim.declined' end, 'signoff', d.signoff_id,
           1, $8, $9, d.reason, to_jsonb(d)
      from decided d
)
select signoff_id from decided;
