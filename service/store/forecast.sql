-- What the forecast is made of. Only mechanical facts stand here: which deals are open and close in the period, which
-- were won in it. Every judgement falls in the domain layer, once for each group of deals with equal signals.

-- columns: deal_signals
-- What deal_signals_read takes, from the view deal_signal.
status, claim_value, claim_late, claim_stated, claim_disputed, ae_decision, manager_decision, window_open, contested,
vendor_stage, partner_stage, vendor_ceiling, partner_ceiling, category_call, stale, overdue, stalled, undated, has_amount, has_rate,
resolved;

-- name: forecast_planner
-- For this transaction: plans are made for the period that is asked for (without it PostgreSQL expects one deal in two
-- hundred, and joins a hundred thousand one by one), in memory, and not compiled.
select set_config('plan_cache_mode', 'force_custom_plan', true), set_config('work_mem', '64MB', true),
       set_config('jit', 'off', true);

-- name: forecast_groups
-- $2 to $3 the period; $4, $5, $6 the stated probabilities of commit, best case and pipeline in basis points;
-- $7 the claim values that are wanted, a set of bits (1 << value; without a claim 0). All signals of a deal are laid
-- side by side into one number, because PostgreSQL groups by one number several times faster than by twenty columns;
-- the ceilings follow from the stages and are looked up for each group. `offset 0` keeps each amount stated once, not once
-- for each sum. A sum that leaves 64 bits is cut: it leaves the range of amounts in any case, and the domain refuses it.
with deal as (
    select stated_minor,
           status::int8
         | (coalesce(claim_value, 0)::int8 << 3)
         | case when claim_late then 32::int8 else 0 end
         | case when claim_disputed then 64::int8 else 0 end
         | (coalesce(ae_decision, 0)::int8 << 7)
         | (coalesce(manager_decision, 0)::int8 << 9)
         | case when window_open then 2048::int8 else 0 end
         | case when contested then 4096::int8 else 0 end
         | (coalesce(vendor_stage, 0)::int8 << 13)
         | (coalesce(partner_stage, 0)::int8 << 17)
         | (coalesce(category_call, 0)::int8 << 21)
         | case when stale then 16777216::int8 else 0 end
         | case when overdue then 33554432::int8 else 0 end
         | case when stalled then 67108864::int8 else 0 end
         | case when undated then 134217728::int8 else 0 end
         | case when has_amount then 268435456::int8 else 0 end
         | case when has_rate then 536870912::int8 else 0 end
         | case when resolved then 1073741824::int8 else 0 end
         | case when grandfathered then 2147483648::int8 else 0 end
         | case when outside_gates then 4294967296::int8 else 0 end
         | case when claim_stated then 8589934592::int8 else 0 end
         | (coalesce(model_version, 0)::int8 << 34) as signals
      from deal_signal
     where tenant_id = $1
       and (status = 1 and (close_date between $2 and $3 or close_date is null)
            or status = 2 and closed_on between $2 and $3)
       and case $7::int4 >> coalesce(claim_value, 0)::int4 & 1 when 1 then true else false end
    offset 0),
alike as materialized (
    select signals, count(*) as deals, sum(stated_minor) as amount_minor,
           sum(amount_weighted(stated_minor, $4)) as weighted_commit,
           sum(amount_weighted(stated_minor, $5)) as weighted_best_case,
           sum(amount_weighted(stated_minor, $6)) as weighted_pipeline
      from deal
     group by signals),
told as (
    select signals & 7 as status,
           nullif(signals >> 3 & 3, 0) as claim_value,
           signals >> 5 & 1 = 1 as claim_late,
           signals >> 6 & 1 = 1 as claim_disputed,
           nullif(signals >> 7 & 3, 0) as ae_decision,
           nullif(signals >> 9 & 3, 0) as manager_decision,
           signals >> 11 & 1 = 1 as window_open,
           signals >> 12 & 1 = 1 as contested,
           nullif(signals >> 13 & 15, 0) as vendor_stage,
           nullif(signals >> 17 & 15, 0) as partner_stage,
           nullif(signals >> 21 & 7, 0) as category_call,
           signals >> 24 & 1 = 1 as stale,
           signals >> 25 & 1 = 1 as overdue,
           signals >> 26 & 1 = 1 as stalled,
           signals >> 27 & 1 = 1 as undated,
           signals >> 28 & 1 = 1 as has_amount,
           signals >> 29 & 1 = 1 as has_rate,
           signals >> 30 & 1 = 1 as resolved,
           signals >> 31 & 1 = 1 as grandfathered,
           signals >> 32 & 1 = 1 as outside_gates,
           signals >> 33 & 1 = 1 as claim_stated,
           nullif(signals >> 34 & 536870911, 0) as model_version,
           deals, amount_minor, weighted_commit, weighted_best_case, weighted_pipeline
      from alike)
select status, claim_value, claim_late, claim_stated, claim_disputed, ae_decision, manager_decision, window_open, contested,
       vendor_stage, partner_stage, vendor.ceiling as vendor_ceiling, partner.ceiling as partner_ceiling,
       category_call, stale, overdue, stalled, undated, has_amount, has_rate, resolved, grandfathered, outside_gates,
       deals,
       least(greatest(amount_minor, -9e18), 9e18)::int8 as amount_minor,
       least(greatest(weighted_commit, -9e18), 9e18)::int8 as weighted_commit,
       least(greatest(weighted_best_case, -9e18), 9e18)::int8 as weighted_best_case,
       least(greatest(weighted_pipeline, -9e18), 9e18)::int8 as weighted_pipeline
  from told
  left join stage vendor on vendor.tenant_id = $1 and vendor.model_version = told.model_version
        and vendor.number = told.vendor_stage
  left join stage partner on partner.tenant_id = $1 and partner.model_version = told.model_version
        and partner.number = told.partner_stage;

-- name: forecast_outcomes
-- Deals with a claim that were won or lost from $2 to $3; $4 is the reason of a deal that was one too many.
select :deal_signals, grandfathered, count(*) as deals
  from deal_signal
 where tenant_id = $1
   and status in (2, 3)
   and closed_on between $2 and $3
   and claim_value is not null
   and (status = 2 or reason_code is distinct from $4)
 group by :deal_signals, grandfathered;

-- name: forecast_scan
-- Deals of the period one by one, newest first, after the id $8: $4 open, $5 undated, $6 won ones are wanted, $7 the
-- claim values as above, $9 rows, $10 divergent ones only, $11 those that a partner leads. `offset 0` keeps the signals to the deals of the page: without it they may be computed
-- for every deal of the tenant first.
with page as (
    select o.opportunity_id, o.id
      from opportunity o
      left join claim c on c.tenant_id = o.tenant_id and c.id = o.counting_claim
     where o.tenant_id = $1
       and ($4 and o.status = 1 and o.close_date between $2 and $3
            or $5 and o.status = 1 and o.close_date is null
            or $6 and o.status = 2 and o.closed_on between $2 and $3)
       and case $7::int4 >> coalesce(c.value, 0)::int4 & 1 when 1 then true else false end
       and (not $10::boolean or o.vendor_stage <> o.partner_stage)
       and ($11::uuid is null
            or o.lead_partner_id = (select p.partner_id from partner p where p.tenant_id = $1 and p.id = $11::uuid))
       and o.id < coalesce($8::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
     order by o.id desc
     limit $9)
select page.opportunity_id, page.id, :deal_signals, grandfathered, outside_gates, amount_minor
  from page
 cross join lateral (
       select * from deal_signal s where s.tenant_id = $1 and s.opportunity_id = page.opportunity_id offset 0) s
 order by page.id desc;

-- name: forecast_divergent
-- Open deals of the period whose sides stand in different stages, by the partner that leads.
with page as (
    select o.opportunity_id, o.lead_partner_id
      from opportunity o
     where o.tenant_id = $1
       and o.status = 1
       and o.vendor_stage <> o.partner_stage
       and o.close_date between $2 and $3
    offset 0)
select p.id as partner, p.name as partner_name, :deal_signals, grandfathered, outside_gates,
       s.stated_minor as amount_minor
  from page
  join partner p on p.tenant_id = $1 and p.partner_id = page.lead_partner_id
 cross join lateral (
       select * from deal_signal s where s.tenant_id = $1 and s.opportunity_id = page.opportunity_id offset 0) s
 order by p.name, p.id;

-- name: forecast_largest
-- Open deals of the period with a sourced claim and an amount that can be stated in the tenant's currency $4, by what they
-- can weigh at most: the amount stated at the probability of the call under both ceilings, where $5, $6, $7 are those of commit, best case and
-- pipeline. Heaviest first, after the weight $8 and the deal $9; $10 rows.
with page as (
    select o.opportunity_id, o.id, o.name, money.stated_minor, weight.at_most
      from opportunity o
      join claim c on c.tenant_id = o.tenant_id and c.id = o.counting_claim
      left join stage vendor on vendor.tenant_id = o.tenant_id and vendor.model_version = o.model_version
            and vendor.number = o.vendor_stage
      left join stage partner on partner.tenant_id = o.tenant_id and partner.model_version = o.model_version
            and partner.number = o.partner_stage
     cross join lateral (
           select case when o.currency = $4 then o.amount_minor
                       else (select amount_stated(o.amount_minor, r.minor_rate)
                               from rate r
                              where r.tenant_id = o.tenant_id and r.currency = o.currency
                                and r.rated_on <= tandem_today()
                              order by r.rated_on desc, r.rate_version desc
                              limit 1) end offset 0) money (stated_minor)
     cross join lateral (
           select amount_weighted(money.stated_minor, case least(o.category_call, vendor.ceiling, partner.ceiling)
                                                       when 1 then 0 when 2 then $7 when 3 then $6 else $5 end))
           weight (at_most)
     where o.tenant_id = $1
       and o.status = 1
       and o.close_date between $2 and $3
       and o.amount_minor > 0
       and money.stated_minor is not null
       and c.value = 1
       and (weight.at_most, o.opportunity_id) < ($8::int8, $9::int8)
     order by weight.at_most desc, o.opportunity_id desc
     limit $10)
select page.opportunity_id, page.id, page.name, page.at_most, :deal_signals, grandfathered, outside_gates,
       page.stated_minor as amount_minor
  from page
 cross join lateral (
       select * from deal_signal s where s.tenant_id = $1 and s.opportunity_id = page.opportunity_id offset 0) s
 order by page.at_most desc, page.opportunity_id desc;
