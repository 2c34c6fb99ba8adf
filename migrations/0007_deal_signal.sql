-- Stored instants turned into signals against the transaction's one clock: the input of deal_assess
-- (include/tandem/domain/deal.h). One view for one deal, a page and the whole forecast, so that they cannot disagree.
-- What follows from the signals is decided in the domain layer, not here. Of several claims the one that counts is
-- joined (opportunity.counting_claim), so that a deal is one row however many partners claim it. The lower half hands on the rows that were
-- joined, so that deal_sheet need not join them again: a column that nobody asks for costs nothing, a second join of
-- opportunity was met by a plan that computed the signals of every deal to show one.

-- amount x rate between minor units, rounded half to even: base/money.h amount_stated, digit by digit. What leaves 64 bits
-- is cut: it leaves the range of amounts in any case, and the domain refuses it.
create function amount_stated(amount_minor int8, minor_rate numeric) returns int8
    language sql immutable parallel safe
    return least(greatest(
               case when abs(amount_minor * minor_rate - trunc(amount_minor * minor_rate)) = 0.5
                    then 2 * round(amount_minor * minor_rate * 0.5)
                    else round(amount_minor * minor_rate) end, -9e18), 9e18)::int8;

create view deal_signal with (security_invoker) as
select o.tenant_id,
       o.opportunity_id,
       o.status,
       c.value                                              as claim_value,
       coalesce(c.late, false)                              as claim_late,
       coalesce(c.counts_as_stated, false)                  as claim_stated,
       c.disputed_at is not null                            as claim_disputed,
       ae.decision                                          as ae_decision,
       manager.decision                                     as manager_decision,
       coalesce(clock.now <= claim_ends_at(c.deadline_at, c.signed_at, o.window_ends_at), false) as window_open,
       c.claim_id is not null and exists (
           select from registration rival
            where rival.tenant_id = o.tenant_id and rival.account_id = o.account_id
              and rival.product_family = o.product_family and rival.state in (1, 2)
              and (rival.state = 1 or clock.now < rival.expires_at)
              and rival.partner_id <> c.partner_id
              and rival.submitted_at < coalesce(
                     (select mine.submitted_at from registration mine -- read only where there is a rival
                       where mine.tenant_id = c.tenant_id and mine.registration_id = c.registration_id),
                     c.created_at))                         as contested,
       o.vendor_stage,
       o.partner_stage,
       vendor.ceiling                                       as vendor_ceiling,
       partner.ceiling                                      as partner_ceiling,
       o.category_call,
       o.status = 1 and clock.now > o.refreshed_at + clock.stale_after         as stale,
       coalesce(o.status = 1 and o.close_date < clock.today, false)            as overdue,
       o.status = 1 and clock.now > o.stage_entered_at + clock.stalled_after   as stalled,
       o.close_date is null                                 as undated,
       o.amount_minor is not null                           as has_amount,
       -- an open deal is stated by the newest rate on or before today, a closed one by that of its close date; a currency
       -- of one's own needs no look, and what nobody asks for costs nothing
       o.amount_minor is null or o.currency = clock.currency or exists (
           select from rate r
            where r.tenant_id = o.tenant_id and r.currency = o.currency
              and r.rated_on <= coalesce(o.closed_on, clock.today)) as has_rate,
       case when o.currency = clock.currency then o.amount_minor
            else (select amount_stated(o.amount_minor, r.minor_rate)
                    from rate r
                   where r.tenant_id = o.tenant_id and r.currency = o.currency
                     and r.rated_on <= coalesce(o.closed_on, clock.today)
                   order by r.rated_on desc, r.rate_version desc
                   limit 1) end                             as stated_minor,
       case when o.currency <> clock.currency
            then (select r.rate_id
                    from rate r
                   where r.tenant_id = o.tenant_id and r.currency = o.currency
                     and r.rated_on <= coalesce(o.closed_on, clock.today)
                   order by r.rated_on desc, r.rate_version desc
                   limit 1) end                             as rate_id,
       o.resolved_at is not null                            as resolved,
       o.grandfathered,
       o.outside_gates,
       o.amount_minor,
       o.currency,
       o.close_date,
       o.closed_on,
       o.id,
       o.version,
       o.name,
       o.account_id,
       o.product_family,
       o.owner_id,
       o.partner_manager_id,
       o.partner_rep_id,
       o.lead_partner_id,
       o.partner_ids,
       o.counting_claim,
       o.attribution,
       o.crm_source,
       o.external_id,
       o.crm_stage,
       o.next_step,
       o.model_version,
       o.stage_entered_at,
       o.proposed_by_side,
       o.proposed_stage,
       o.proposed_by,
       o.proposed_at,
       o.proposal_days,
       o.created_at,
       o.refreshed_at,
       o.pushes,
       o.closed_at,
       o.reason_code,
       o.resolved_at,
       o.backdated,
       o.merged_into,
       o.window_ends_at,
       o.window_starts_at,
       vendor.key                                           as vendor_stage_key,
       partner.key                                          as partner_stage_key,
       vendor.rollup                                        as vendor_stage_rollup,
       partner.rollup                                       as partner_stage_rollup,
       c.kind                                               as claim_kind,
       own.state                                            as registration_state,
       own.verdict                                          as registration_verdict,
       own.resolution is not null                           as registration_resolved
  from opportunity o
 cross join (select tandem_now() as now, tandem_today() as today, t.currency,
                    tandem_proposed('stale_hours', p.stale_hours) * interval '1 hour' as stale_after,
                    tandem_proposed('stalled_days', p.stalled_days) * interval '24 hours' as stalled_after
               from policy_now p join tenant t on t.tenant_id = tandem_tenant() offset 0) clock
  left join claim c on c.tenant_id = o.tenant_id and c.id = o.counting_claim
  left join registration own on own.tenant_id = c.tenant_id and own.registration_id = c.registration_id
  left join signoff ae on ae.tenant_id = c.tenant_id and ae.claim_id = c.claim_id
        and ae.claim_version = c.claim_version and ae.role = 1
  left join signoff manager on manager.tenant_id = c.tenant_id and manager.claim_id = c.claim_id
        and manager.claim_version = c.claim_version and manager.role = 2
  left join stage vendor on vendor.tenant_id = o.tenant_id and vendor.model_version = o.model_version
        and vendor.number = o.vendor_stage
  left join stage partner on partner.tenant_id = o.tenant_id and partner.model_version = o.model_version
        and partner.number = o.partner_stage;
grant select on deal_signal to :daemon_role;

-- amount x basis points / 10,000, rounded half to even: base/money.h amount_weighted, digit by digit. The split at
-- 20,000 keeps every product inside 64 bits and the whole part even, so that a half is a rest of 5,000 or 15,000 of
-- 20,000: the first rounds towards zero, the second away from it.
create function amount_weighted(amount_minor int8, basis_points int4) returns int8
    language sql immutable parallel safe
    return amount_minor / 20000 * (2 * basis_points)
         + (amount_minor % 20000 * basis_points
            + case when amount_minor % 20000 * basis_points % 20000 in (5000, -5000) then 0
                   when amount_minor < 0 then -5000 else 5000 end) / 10000;
