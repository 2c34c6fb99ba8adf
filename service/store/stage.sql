-- name: stage_find
-- A deal as its gates see it, one row for each criterion of its stage model, or of the version $3 of it; a deal without a
-- model has one row.
select d.opportunity_id, d.id, d.version, d.owner_id, d.lead_partner_id, d.lead_partner_manager_id, d.crm_source,
       d.leads, d.counting_claim, d.merged_into, d.stage_entered_at, d.model_version, d.vendor_stage_key, d.vendor_stage_rollup,
       d.partner_stage_key, d.partner_stage_rollup,
       (d.created_at at time zone t.time_zone)::date as created_on,
       d.status, coalesce(d.claim_value, hidden.value) as claim_value,
       d.claim_late or coalesce(hidden.late, false) as claim_late, d.claim_stated,
       d.claim_disputed or coalesce(hidden.disputed, false) as claim_disputed,
       coalesce(d.ae_decision, hidden.ae_decision) as ae_decision,
       coalesce(d.manager_decision, hidden.manager_decision) as manager_decision,
       d.window_open or coalesce(hidden.window_open, false) as window_open,
       d.contested, d.vendor_stage, d.partner_stage, d.vendor_ceiling, d.partner_ceiling, d.category_call, d.stale,
       d.overdue, d.stalled, d.undated, d.has_amount, d.has_rate, d.resolved,
       coalesce(d.claim_kind, hidden.kind) as claim_kind,
       coalesce(d.registration_state, hidden.registration_state) as registration_state,
       coalesce(d.registration_verdict, hidden.registration_verdict) as registration_verdict,
       d.registration_resolved or coalesce(hidden.registration_resolved, false) as registration_resolved,
       d.owner_id is not null as vendor_owner, d.partner_rep_id is not null as partner_owner,
       coalesce(d.proposed_by_side, 0) as proposed_by_side, d.proposed_stage, d.proposed_at,
       proposer.id as proposer, proposer.name as proposer_name,
       coalesce(d.proposal_days, policy.proposal_days) as proposal_days, policy.backdated_business_days,
       policy.protection_extension_days, policy.work_week, policy.holidays,
       k.key as criterion, k.name as criterion_name, k.type, k.needs, k.stage_number,
       stage.key as stage_key, stage.rollup,
       e.evidence_version, e.type as evidence_type, vendor.side is not null as vendor_confirmed, partner.side is not null as partner_confirmed
  from deal_sheet d
 cross join policy_now policy
  join tenant t on t.tenant_id = d.tenant_id
  left join lateral (select h.* from hidden_claim(d.opportunity_id) h
                      where d.claim_value is null and d.counting_claim is not null) hidden on true
  left join person proposer on proposer.tenant_id = d.tenant_id and proposer.person_id = d.proposed_by
  left join criterion k on k.tenant_id = d.tenant_id
        and k.model_version = case when d.model_version is not null then coalesce($3::int4, d.model_version) end
  left join stage on stage.tenant_id = k.tenant_id and stage.model_version = k.model_version
        and stage.number = k.stage_number
  left join lateral (
        select v.evidence_version, v.type from evidence v
         where v.tenant_id = d.tenant_id and v.opportunity_id = d.opportunity_id and v.criterion = k.key
         order by v.evidence_version desc
         limit 1) e on true
  left join confirmation vendor on vendor.tenant_id = d.tenant_id and vendor.opportunity_id = d.opportunity_id
        and vendor.criterion = k.key and vendor.evidence_version = e.evidence_version and vendor.side = 1
  left join confirmation partner on partner.tenant_id = d.tenant_id and partner.opportunity_id = d.opportunity_id
        and partner.criterion = k.key and partner.evidence_version = e.evidence_version and partner.side = 2
 where d.tenant_id = $1 and d.id = $2 and tandem_sees_partner(d.partner_ids)
 order by k.stage_number, k.position;

-- name: stage_refresh
-- What people do to a deal's evidence makes it fresh; new evidence ($3) ends a proposal as well.
with before as (
    select proposed_at is not null and $3::boolean as ends from opportunity where tenant_id = $1 and opportunity_id = $2
), changed as (
    update opportunity
       set refreshed_at = tandem_now(), version = version + 1,
           proposed_by_side = case when not $3 then proposed_by_side end,
           proposed_stage = case when not $3 then proposed_stage end,
           proposed_by = case when not $3 then proposed_by end,
           proposed_at = case when not $3 then proposed_at end,
           proposal_days = case when not $3 then proposal_days end
     where tenant_id = $1 and opportunity_id = $2
 returning *
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
    select tenant_id, case when before.ends then 'opportunity.proposal_ended' else 'opportunity.refreshed' end,
           'opportunity', opportunity_id, version, opportunity_id, lead_partner_id, to_jsonb(changed)
      from changed, before
)
select version from changed;

-- name: stage_propose
with changed as (
    update opportunity
       set proposed_by_side = $3, proposed_stage = $4, proposed_by = tandem_person(), proposed_at = tandem_now(),
           proposal_days = (select p.proposal_days from policy_now p where p.tenant_id = $1),
           refreshed_at = tandem_now(), version = version + 1
     where tenant_id = $1 and opportunity_id = $2
 returning *
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
    select tenant_id, 'opportunity.stage_proposed', 'opportunity', opportunity_id, version, opportunity_id,
           lead_partner_id, to_jsonb(changed)
      from changed
)
select version from changed;

-- name: stage_decline
-- The proposal ends, declined by the other side or taken back by its own ($3: the kind of the event).
with changed as (
    update opportunity
       set proposed_by_side = null, proposed_stage = null, proposed_by = null, proposed_at = null, proposal_days = null,
           version = version + 1
     where tenant_id = $1 and opportunity_id = $2
 returning *
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, reason,
                       after)
    select tenant_id, $3, 'opportunity', opportunity_id, version, opportunity_id, lead_partner_id, $4,
           to_jsonb(changed)
      from changed
)
select version from changed;

-- name: stage_advance
-- Both sides agreed. A protection that still runs is extended; one that ended stays ended.
with changed as (
    update opportunity
       set vendor_stage = $3, partner_stage = $4, stage_entered_at = tandem_now(), refreshed_at = tandem_now(),
           proposed_by_side = null, proposed_stage = null, proposed_by = null, proposed_at = null, proposal_days = null,
           version = version + 1
     where tenant_id = $1 and opportunity_id = $2
 returning *
), extended as (
    select r.* from changed cross join lateral protection_extend(changed.opportunity_id, $5::int4) r
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
    select tenant_id, 'opportunity.stage_advanced', 'opportunity', opportunity_id, version, opportunity_id,
           lead_partner_id, to_jsonb(changed)
      from changed
     union all
    select tenant_id, 'registration.protection_extended', 'registration', registration_id, version, opportunity_id,
           partner_id, to_jsonb(extended)
      from extended
)
select version from changed;

-- name: stage_lower
-- The deal stands where its lower side stands, so it enters a stage only when that one changes.
with changed as (
    update opportunity
       set vendor_stage = $3, partner_stage = $4,
           stage_entered_at = case when least($3::int2, $4::int2) = least(vendor_stage, partner_stage) then stage_entered_at
                                   else tandem_now() end,
           refreshed_at = tandem_now(),
           proposed_by_side = null, proposed_stage = null, proposed_by = null, proposed_at = null, proposal_days = null,
           version = version + 1
     where tenant_id = $1 and opportunity_id = $2
 returning *
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, reason,
                       after)
    select tenant_id, 'opportunity.stage_lowered', 'opportunity', opportunity_id, version, opportunity_id,
           lead_partner_id, $5, to_jsonb(changed)
      from changed
)
select version from changed;

-- name: stage_migrate_next
-- Open claimed deals on an older model than $2, after the deal $3; $4 rows.
select o.id
  from opportunity o
 where o.tenant_id = $1 and o.status = 1 and o.model_version < $2
   and ($3::uuid is null or o.id > $3::uuid)
 order by o.id
 limit $4;

-- name: stage_migrate
-- Onto the model $3. Nobody has worked on the deal by that, so it is no fresher for it.
with changed as (
    update opportunity
       set model_version = $3, vendor_stage = $4, partner_stage = $5,
           stage_entered_at = case when $6::boolean then tandem_now() else stage_entered_at end,
           proposed_by_side = null, proposed_stage = null, proposed_by = null, proposed_at = null, proposal_days = null,
           version = version + 1
     where tenant_id = $1 and opportunity_id = $2
 returning *
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
    select tenant_id, 'opportunity.stage_model_migrated', 'opportunity', opportunity_id, version, opportunity_id,
           lead_partner_id, to_jsonb(changed)
      from changed
)
select version from changed;

-- name: stage_close
-- Won ($3 = 2) or lost. Shares ($14) resolve their claims ($13); the registration's exclusivity ends at this instant.
with changed as (
    update opportunity
       set status = $3, closed_on = $4, closed_at = tandem_now(), reason_code = $5,
           amount_minor = coalesce($6, amount_minor), currency = coalesce($7, currency),
           vendor_stage = $8, partner_stage = $9,
           stage_entered_at = case when least($8::int2, $9::int2) > least(vendor_stage, partner_stage) then tandem_now()
                                   else stage_entered_at end,
           resolved_at = case when $10::boolean then tandem_now() end, backdated = $11, outside_gates = $12,
           proposed_by_side = null, proposed_stage = null, proposed_by = null, proposed_at = null, proposal_days = null,
           version = version + 1
     where tenant_id = $1 and opportunity_id = $2
 returning *
), shared as (
    update claim c
       set share_basis_points = s.basis_points, version = c.version + 1
      from changed, unnest($13::uuid[], $14::int8[]) s (id, basis_points)
     where c.tenant_id = $1 and c.opportunity_id = changed.opportunity_id and c.id = s.id
 returning c.*
), ended as (
    update registration r
       set protected_until = tandem_now(), version = r.version + 1
      from changed
     where r.tenant_id = $1 and r.opportunity_id = changed.opportunity_id and r.state = 3
       and r.protected_until > tandem_now()
 returning r.*
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id,
                       effective_at, after)
    select c.tenant_id, case c.status when 2 then 'opportunity.won' else 'opportunity.lost' end, 'opportunity',
           c.opportunity_id, c.version, c.opportunity_id, c.lead_partner_id,
           case when c.closed_on = tandem_today() then tandem_now()
                else c.closed_on::timestamp at time zone t.time_zone end,
           to_jsonb(c)
      from changed c join tenant t on t.tenant_id = c.tenant_id
     union all
    select tenant_id, 'claim.resolved', 'claim', claim_id, version, opportunity_id, partner_id, tandem_now(),
           to_jsonb(shared)
      from shared
     union all
    select tenant_id, 'registration.protection_ended', 'registration', registration_id, version, opportunity_id,
           partner_id, tandem_now(), to_jsonb(ended)
      from ended
)
select version from changed;

-- name: stage_resolve
-- A deal that is won keeps outcome, day and amount, and its flags.
with changed as (
    update opportunity
       set resolved_at = tandem_now(), vendor_stage = $3, partner_stage = $4,
           stage_entered_at = case when least($3::int2, $4::int2) > least(vendor_stage, partner_stage) then tandem_now()
                                   else stage_entered_at end,
           version = version + 1
     where tenant_id = $1 and opportunity_id = $2
 returning *
), shared as (
    update claim c
       set share_basis_points = s.basis_points, version = c.version + 1
      from changed, unnest($5::uuid[], $6::int8[]) s (id, basis_points)
     where c.tenant_id = $1 and c.opportunity_id = changed.opportunity_id and c.id = s.id
 returning c.*
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
    select tenant_id, 'opportunity.resolved', 'opportunity', opportunity_id, version, opportunity_id, lead_partner_id,
           to_jsonb(changed)
      from changed
     union all
    select tenant_id, 'claim.resolved', 'claim', claim_id, version, opportunity_id, partner_id, to_jsonb(shared)
      from shared
)
select version from changed;

-- name: stage_reopen
-- Open again where it stood: what the close brought about is undone, and the deal enters its stage anew. A protection
-- that ended stays ended. History that is open needs its signatures like any.
with changed as (
    update opportunity
       set status = 1, closed_on = null, closed_at = null, reason_code = null, resolved_at = null,
           outside_gates = false, backdated = false, vendor_stage = $3, partner_stage = $4,
           stage_entered_at = tandem_now(), refreshed_at = tandem_now(), version = version + 1
     where tenant_id = $1 and opportunity_id = $2
 returning *
), unshared as (
    update claim c
       set share_basis_points = null, counts_as_stated = false, version = c.version + 1
      from changed
     where c.tenant_id = $1 and c.opportunity_id = changed.opportunity_id
       and (c.share_basis_points is not null or c.counts_as_stated)
 returning c.*
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, reason,
                       after)
    select tenant_id, 'opportunity.reopened', 'opportunity', opportunity_id, version, opportunity_id, lead_partner_id,
           $5, to_jsonb(changed)
      from changed
     union all
    select tenant_id, 'claim.unresolved', 'claim', claim_id, version, opportunity_id, partner_id, $5,
           to_jsonb(unshared)
      from unshared
)
select version from changed;

-- name: stage_remove
-- Never erased: all that the deal is stays, its close and its signatures too.
with changed as (
    update opportunity
       set status = 4, removed_status = status, proposed_by_side = null, proposed_stage = null, proposed_by = null,
           proposed_at = null, proposal_days = null, version = version + 1
     where tenant_id = $1 and opportunity_id = $2
 returning *
), ended as (
    update registration r
       set protected_until = tandem_now(), version = r.version + 1
      from changed
     where r.tenant_id = $1 and r.opportunity_id = changed.opportunity_id and r.state = 3
       and r.protected_until > tandem_now()
 returning r.*
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
    select tenant_id, 'opportunity.removed', 'opportunity', opportunity_id, version, opportunity_id, lead_partner_id,
           to_jsonb(changed)
      from changed
     union all
    select tenant_id, 'registration.protection_ended', 'registration', registration_id, version, opportunity_id,
           partner_id, to_jsonb(ended)
      from ended
)
select version from changed;

-- name: stage_restore
with changed as (
    update opportunity
       set status = removed_status, removed_status = null, version = version + 1
     where tenant_id = $1 and opportunity_id = $2
 returning *
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
    select tenant_id, 'opportunity.restored', 'opportunity', opportunity_id, version, opportunity_id, lead_partner_id,
           to_jsonb(changed)
      from changed
)
select version from changed;
