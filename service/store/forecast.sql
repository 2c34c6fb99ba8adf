-- What the forecast is made of. Only mechanical facts stand here: which deals are open and close in the period, which
-- were won in it. Every judgement falls in the domain layer, once for each group of deals with equal signals.

-- name: forecast_groups
-- $2 to $3 the period; $4, $5, $6 the stated probabilities of commit, best case and pipeline in basis points;
-- $7 the claim values that are wanted, a set of bits (1 << value; without a claim 0). A sum that leaves 64 bits is cut:
-- it leaves the range of amounts in any case, and the domain refuses it.
select status, claim_value, claim_late, claim_disputed, ae_decision, manager_decision, window_open, contested,
       vendor_stage, partner_stage, vendor_ceiling, partner_ceiling, category_call, stale, overdue, stalled, undated,
       has_amount, has_rate, resolved, grandfathered, outside_gates,
       count(*) as deals,
       least(greatest(sum(amount_minor), -9e18), 9e18)::int8 as amount_minor,
       least(greatest(sum(amount_weighted(amount_minor, $4)), -9e18), 9e18)::int8 as weighted_commit,
       least(greatest(sum(amount_weighted(amount_minor, $5)), -9e18), 9e18)::int8 as weighted_best_case,
       least(greatest(sum(amount_weighted(amount_minor, $6)), -9e18), 9e18)::int8 as weighted_pipeline
  from deal_signal
 where tenant_id = $1
   and (status = 1 and (close_date between $2 and $3 or close_date is null)
        or status = 2 and closed_on between $2 and $3)
   and $7::int4 >> coalesce(claim_value, 0)::int4 & 1 = 1
 group by status, claim_value, claim_late, claim_disputed, ae_decision, manager_decision, window_open, contested,
          vendor_stage, partner_stage, vendor_ceiling, partner_ceiling, category_call, stale, overdue, stalled,
          undated, has_amount, has_rate, resolved, grandfathered, outside_gates;

-- name: forecast_outcomes
-- Deals with a claim that were won or lost from $2 to $3; $4 is the reason of a deal that was one too many.
select status, claim_value, claim_late, claim_disputed, ae_decision, manager_decision, window_open, contested,
       vendor_stage, partner_stage, vendor_ceiling, partner_ceiling, category_call, stale, overdue, stalled, undated,
       has_amount, has_rate, resolved, count(*) as deals
  from deal_signal s
 where tenant_id = $1
   and status in (2, 3)
   and closed_on between $2 and $3
   and claim_value is not null
   and not exists (select from opportunity o
                    where o.tenant_id = $1 and o.opportunity_id = s.opportunity_id
                      and o.status = 3 and o.reason_code = $4)
 group by status, claim_value, claim_late, claim_disputed, ae_decision, manager_decision, window_open, contested,
          vendor_stage, partner_stage, vendor_ceiling, partner_ceiling, category_call, stale, overdue, stalled,
          undated, has_amount, has_rate, resolved;

-- name: forecast_scan
-- Deals of the period one by one, newest first, after the id $8: $4 open, $5 undated, $6 won ones are wanted, $7 the
-- claim values as above, $9 rows. `offset 0` keeps the signals to the deals of the page: without it they may be computed
-- for every deal of the tenant first.
with page as (
    select o.opportunity_id, o.id
      from opportunity o
      left join claim c on c.tenant_id = o.tenant_id and c.opportunity_id = o.opportunity_id
     where o.tenant_id = $1
       and ($4 and o.status = 1 and o.close_date between $2 and $3
            or $5 and o.status = 1 and o.close_date is null
            or $6 and o.status = 2 and o.closed_on between $2 and $3)
       and $7::int4 >> coalesce(c.value, 0)::int4 & 1 = 1
       and o.id < coalesce($8::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
     order by o.id desc
     limit $9)
select page.opportunity_id, page.id, status, claim_value, claim_late, claim_disputed, ae_decision, manager_decision,
       window_open, contested, vendor_stage, partner_stage, vendor_ceiling, partner_ceiling, category_call, stale,
       overdue, stalled, undated, has_amount, has_rate, resolved, grandfathered, outside_gates, amount_minor
  from page
 cross join lateral (
       select * from deal_signal s where s.tenant_id = $1 and s.opportunity_id = page.opportunity_id offset 0) s
 order by page.id desc;

-- name: forecast_largest
-- Open deals of the period with a sourced claim and an amount in the currency $4, by what they can weigh at most: the
-- amount at the probability of the call under both ceilings, where $5, $6, $7 are those of commit, best case and
-- pipeline. Heaviest first, after the weight $8 and the deal $9; $10 rows.
with page as (
    select o.opportunity_id, o.id, o.name, weight.at_most
      from opportunity o
      join claim c on c.tenant_id = o.tenant_id and c.opportunity_id = o.opportunity_id
      left join stage vendor on vendor.tenant_id = o.tenant_id and vendor.model_version = o.model_version
            and vendor.number = o.vendor_stage
      left join stage partner on partner.tenant_id = o.tenant_id and partner.model_version = o.model_version
            and partner.number = o.partner_stage
     cross join lateral (
           select amount_weighted(o.amount_minor, case least(o.category_call, vendor.ceiling, partner.ceiling)
                                                  when 1 then 0 when 2 then $7 when 3 then $6 else $5 end)) weight (at_most)
     where o.tenant_id = $1
       and o.status = 1
       and o.close_date between $2 and $3
       and o.amount_minor > 0
       and o.currency = $4
       and c.value = 1
       and (weight.at_most, o.opportunity_id) < ($8::int8, $9::int8)
     order by weight.at_most desc, o.opportunity_id desc
     limit $10)
select page.opportunity_id, page.id, page.name, page.at_most, status, claim_value, claim_late, claim_disputed, ae_decision,
       manager_decision, window_open, contested, vendor_stage, partner_stage, vendor_ceiling, partner_ceiling,
       category_call, stale, overdue, stalled, undated, has_amount, has_rate, resolved, grandfathered, outside_gates,
       amount_minor
  from page
 cross join lateral (
       select * from deal_signal s where s.tenant_id = $1 and s.opportunity_id = page.opportunity_id offset 0) s
 order by page.at_most desc, page.opportunity_id desc;
