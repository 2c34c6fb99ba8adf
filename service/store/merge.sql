-- Two deals that are one ($2 and $3 of most: the survivor, and the one that is merged away; internal ids). The caller holds
-- both rows.

-- name: merge_lock
-- In the order in which everybody locks deals; a statement of its own, so that what follows reads what the others wrote.
select opportunity_id
  from opportunity
 where tenant_id = $1 and id = any ($2::uuid[])
 order by opportunity_id
   for update;

-- name: merge_contradictions
-- Sourced claims of either deal whose registration came when the other one stood open, which its partner had not claimed.
select c.claim_id, r.submitted_at, other.id as opportunity, other.created_at
  from claim c
  join registration r on r.tenant_id = c.tenant_id and r.registration_id = c.registration_id
  join opportunity other on other.tenant_id = c.tenant_id and other.opportunity_id in ($2, $3)
   and other.opportunity_id <> c.opportunity_id
  join tenant t on t.tenant_id = c.tenant_id
 where c.tenant_id = $1 and c.opportunity_id in ($2, $3) and c.value = 1
   and deal_was_anothers(other, c.partner_id, r.submitted_at, t.time_zone);

-- name: merge_claims
-- $4: claims that go over to the other of the two deals; what was signed on them stays. At once, because two of one partner
-- may change places.
with moved as (
    update claim
       set opportunity_id = case opportunity_id when $2 then $3 else $2 end, version = version + 1
     where tenant_id = $1 and claim_id = any ($4::int8[])
    returning *
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
select tenant_id, 'claim.moved', 'claim', claim_id, version, opportunity_id, partner_id, to_jsonb(moved) from moved;

-- name: merge_unshare
with unshared as (
    update claim
       set share_basis_points = null, version = version + 1
     where tenant_id = $1 and opportunity_id = $2 and share_basis_points is not null
    returning *
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
select tenant_id, 'claim.unresolved', 'claim', claim_id, version, opportunity_id, partner_id, to_jsonb(unshared)
  from unshared;

-- name: merge_away
-- The deal leaves every total and gives up its ids; whoever was merged into it, its registrations and its further ids
-- follow. $4 the survivor's public id, $5 the survivor has an id that leads, $6 the reason. Answers the id that led.
with before as (
    select crm_source, external_id from opportunity where tenant_id = $1 and opportunity_id = $3
), merged as (
    update opportunity
       set status = 4, removed_status = status, merged_into = $4, counting_claim = null, attribution = 0,
           crm_source = null, external_id = null, proposed_by_side = null, proposed_stage = null, proposed_by = null,
           proposed_at = null, proposal_days = null, version = version + 1
     where tenant_id = $1 and opportunity_id = $3
    returning *
), followed as (
    update opportunity o
       set merged_into = $4, version = o.version + 1
      from merged
     where o.tenant_id = $1 and o.merged_into = merged.id
    returning o.*
), registered as (
    update registration
       set opportunity_id = $2, updated_at = tandem_now(), version = version + 1
     where tenant_id = $1 and opportunity_id = $3
    returning *
), linked as (
    update crm_link
       set opportunity_id = $2, version = version + 1
     where tenant_id = $1 and opportunity_id = $3
    returning *
), added as (
    insert into crm_link (tenant_id, opportunity_id, crm_source, external_id)
    select $1, $2, crm_source, external_id from before where crm_source is not null and $5::boolean
    returning *
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, reason,
                       after)
    select tenant_id, 'opportunity.merged', 'opportunity', opportunity_id, version, opportunity_id, lead_partner_id, $6,
           to_jsonb(merged)
      from merged
     union all
    select tenant_id, 'opportunity.merged', 'opportunity', opportunity_id, version, opportunity_id, lead_partner_id, $6,
           to_jsonb(followed)
      from followed
     union all
    select tenant_id, 'registration.merged', 'registration', registration_id, version, opportunity_id, partner_id, $6,
           to_jsonb(registered)
      from registered
     union all
    select tenant_id, 'crm_link.moved', 'crm_link', crm_link_id, version, opportunity_id, null, null, to_jsonb(linked)
      from linked
     union all
    select tenant_id, 'crm_link.created', 'crm_link', crm_link_id, version, opportunity_id, null, null, to_jsonb(added)
      from added
)
select crm_source, external_id from before;

-- name: merge_into
-- After merge_claims and merge_away. $4 whose word the fields are (enum merge_fields), $5 whose resolution
-- (enum merge_resolution), $6 the claim that counts, $7 the end of the window, $8 and $9 the id that leads from now on, or
-- null; $10 the reason. An
-- owner is never lost. A direct survivor takes lead, model and stages with the first claims.
with counting as (
    select value from claim where tenant_id = $1 and id = $6::uuid
), changed as (
    update opportunity o
       set account_id = coalesce(o.account_id, m.account_id),
           name = case $4::int4 when 2 then m.name else o.name end,
           amount_minor = case when $4 = 2 or $4 = 3 and o.amount_minor is null then m.amount_minor else o.amount_minor end,
           currency = case when $4 = 2 or $4 = 3 and o.amount_minor is null then m.currency else o.currency end,
           close_date = case when $4 = 2 or $4 = 3 and o.close_date is null then m.close_date else o.close_date end,
           owner_id = case $4 when 2 then coalesce(m.owner_id, o.owner_id) else coalesce(o.owner_id, m.owner_id) end,
           category_call = case when $4 = 2 or $4 = 3 and o.category_call is null then m.category_call
                                else o.category_call end,
           crm_stage = case when $4 = 2 or $4 = 3 and o.crm_stage is null then m.crm_stage else o.crm_stage end,
           closed_on = case $4 when 2 then m.closed_on else o.closed_on end,
           closed_at = case $4 when 2 then m.closed_at else o.closed_at end,
           reason_code = case $4 when 2 then m.reason_code else o.reason_code end,
           next_step = coalesce(o.next_step, m.next_step),
           crm_source = coalesce(o.crm_source, $8), external_id = coalesce(o.external_id, $9),
           lead_partner_id = coalesce(o.lead_partner_id, m.lead_partner_id),
           partner_ids = coalesce((select array_agg(c.partner_id order by c.created_at, c.claim_id) from claim c
                                    where c.tenant_id = $1 and c.opportunity_id = $2), '{}'),
           counting_claim = $6::uuid, attribution = coalesce((select value from counting), 0),
           partner_manager_id = case when o.lead_partner_id is null then m.partner_manager_id else o.partner_manager_id end,
           partner_rep_id = case when o.lead_partner_id is null then m.partner_rep_id else o.partner_rep_id end,
           model_version = case when o.lead_partner_id is null then m.model_version else o.model_version end,
           vendor_stage = case when o.lead_partner_id is null then m.vendor_stage else o.vendor_stage end,
           partner_stage = case when o.lead_partner_id is null then m.partner_stage else o.partner_stage end,
           stage_entered_at = case when o.lead_partner_id is null and (m.lead_partner_id is not null or $4 = 2)
                                   then m.stage_entered_at else o.stage_entered_at end,
           proposed_by_side = null, proposed_stage = null, proposed_by = null, proposed_at = null, proposal_days = null,
           created_at = least(o.created_at, m.created_at), refreshed_at = greatest(o.refreshed_at, m.refreshed_at),
           pushes = greatest(o.pushes, m.pushes),
           resolved_at = case $5::int4 when 1 then o.resolved_at when 2 then m.resolved_at end,
           outside_gates = o.outside_gates or m.outside_gates, backdated = o.backdated or m.backdated,
           grandfathered = o.grandfathered or m.grandfathered,
           window_starts_at = coalesce(o.window_starts_at, m.window_starts_at),
           window_ends_at = $7, merged_from = m.id, version = o.version + 1
      from opportunity m
     where o.tenant_id = $1 and o.opportunity_id = $2 and m.tenant_id = $1 and m.opportunity_id = $3
    returning o.*
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, reason, after)
select tenant_id, 'opportunity.merged', 'opportunity', opportunity_id, version, opportunity_id, lead_partner_id, $10,
       to_jsonb(changed)
  from changed;

-- name: merge_evidence
-- The newest evidence of the other deal where the survivor has none for the criterion, with its confirmations. What a
-- partner gave that does not lead the survivor stays where it is: another partner would read it.
with lead as (
    select s.lead_partner_id, s.lead_partner_id is not distinct from m.lead_partner_id as same
      from opportunity s, opportunity m
     where s.tenant_id = $1 and s.opportunity_id = $2 and m.tenant_id = $1 and m.opportunity_id = $3
), newest as (
    select distinct on (e.criterion) e.*
      from evidence e
     where e.tenant_id = $1 and e.opportunity_id = $3
       and not exists (select from evidence own
                        where own.tenant_id = $1 and own.opportunity_id = $2 and own.criterion = e.criterion)
     order by e.criterion, e.evidence_version desc
), given as (
    insert into evidence (tenant_id, opportunity_id, criterion, evidence_version, type, body, author_id, side, given_at)
    select n.tenant_id, $2, n.criterion, 1, n.type, n.body, n.author_id, n.side, n.given_at
      from newest n, lead
     where lead.same or n.side = 1
    returning *
), confirmed as (
    insert into confirmation (tenant_id, opportunity_id, criterion, evidence_version, side, person_id, confirmed_at)
    select c.tenant_id, $2, c.criterion, 1, c.side, c.person_id, c.confirmed_at
      from given g
      join newest n on n.criterion = g.criterion
      join confirmation c on c.tenant_id = $1 and c.opportunity_id = $3 and c.criterion = n.criterion
       and c.evidence_version = n.evidence_version, lead
     where lead.same or c.side = 1
    returning *
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
select tenant_id, 'evidence.carried_over', 'evidence', evidence_id, 1, opportunity_id,
       (select lead_partner_id from lead), to_jsonb(given)
  from given
 union all
select tenant_id, 'evidence.confirmation_carried_over', 'confirmation', confirmation_id, 1, opportunity_id,
       (select lead_partner_id from lead), to_jsonb(confirmed)
  from confirmed;
