-- columns: deal_sheet
-- What opportunity_read takes: every statement that answers whole deals reads the same.
opportunity_id, id, version, name, account_id, account, account_name, account_country, product_family, amount_minor,
currency, close_date, owner_id, owner, owner_name, owner_email, partner_manager_id, partner_manager,
partner_manager_name, leads, partner_rep_id, partner_rep, partner_rep_name, lead_partner_id, lead_partner,
lead_partner_name, lead_partner_manager_id, attribution, crm_source, external_ids, crm_stage, category_call,
next_step, model_version, vendor_stage, partner_stage, vendor_stage_key, partner_stage_key, vendor_stage_rollup,
partner_stage_rollup, stage_entered_at, proposed_by_side, proposed_stage, proposed_by, proposed_at, created_at,
refreshed_at, pushes, status, closed_on, closed_at, reason_code, resolved_at, outside_gates, backdated,
grandfathered, merged_into, window_ends_at, window_starts_at, window_hours, sourced_rule_version, first_engaged_at, counting_claim, claims,
claim_value, claim_late, claim_stated, claim_disputed, ae_decision, manager_decision, window_open, contested, vendor_ceiling,
partner_ceiling, stale, overdue, stalled, undated, has_amount, has_rate, resolved;

-- name: opportunity_by_id
select :deal_sheet
  from deal_sheet
 where tenant_id = $1 and id = $2 and tandem_sees_partner(partner_ids);

-- name: opportunity_by_keys
-- $2 the internal ids of a page's deals.
select :deal_sheet
  from deal_sheet
 where tenant_id = $1 and opportunity_id = any ($2::int8[]) and tandem_sees_partner(partner_ids)
 order by id desc;

-- name: opportunity_lock
-- A statement of its own: whoever waits here reads afterwards, and so sees what the other transaction committed.
select opportunity_id
  from opportunity
 where tenant_id = $1 and id = $2 and tandem_sees_partner(partner_ids)
   for update;

-- name: opportunity_page
-- $2 the id after which the page starts (a bare parameter: row security lets no expression into the index), $3 status,
-- $4 attribution (a partner reads its own claim's), $5 owner, $6 a partner that claims it, $7 updated since, $8 rows,
-- $9 a flag, which the vendor alone reads
with page as (
    select o.opportunity_id as key
      from opportunity o
     where o.tenant_id = $1
       and tandem_sees_partner(o.partner_ids)
       and o.id < $2
       and ($3::int2 is null or o.status = $3)
       and ($4::int2 is null
            or case when current_setting('tandem.partners') = '*' then o.attribution = $4
                    else exists (select from claim c where c.tenant_id = $1 and c.opportunity_id = o.opportunity_id
                                                       and c.value = $4) end)
       and ($9::int4 is null or current_setting('tandem.partners') = '*'
            and case $9::int4 when 1 then o.grandfathered when 2 then o.backdated when 3 then o.outside_gates
                              when 4 then o.counting_claim is not null and o.vendor_stage <> o.partner_stage
                              when 5 then o.close_date is null and o.status = 1 end)
       and ($5::uuid is null
            or o.owner_id = (select p.person_id from person p where p.tenant_id = $1 and p.id = $5))
       and ($6::uuid is null
            or (select p.partner_id from partner p where p.tenant_id = $1 and p.id = $6) = any (o.partner_ids))
       and ($7::timestamptz is null
            or (select e.recorded_at from event e
                 where e.tenant_id = $1 and e.opportunity_id = o.opportunity_id
                 order by e.event_id desc limit 1) >= $7)
     order by o.id desc
     limit $8)
select :deal_sheet
  from page
 -- one look-up for each row of the page; a plain join would compute the sheet of every deal first
 cross join lateral (select d.*
                       from deal_sheet d
                      where d.tenant_id = $1 and d.opportunity_id = page.key
                     offset 0) sheet
 order by id desc;

-- name: opportunity_bulk
-- Who exports or imports is admitted like a reader; the deals follow in transactions of their own.
select tenant_id from tenant where tenant_id = $1;

-- name: opportunity_insert
with made as (
    insert into opportunity (tenant_id, id, account_id, product_family, crm_source, external_id, created_at, name,
                             amount_minor, currency, close_date, owner_id, category_call, next_step, crm_stage,
                             stage_entered_at, refreshed_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
    returning *
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, effective_at, after)
    select tenant_id, 'opportunity.created', 'opportunity', opportunity_id, version, opportunity_id, created_at,
           to_jsonb(made)
      from made
)
select opportunity_id from made;

-- name: opportunity_update
with changed as (
    update opportunity
       set name = $3, amount_minor = $4, currency = $5, close_date = $6, owner_id = $7, category_call = $8,
           next_step = $9, crm_stage = $10, stage_entered_at = $11, refreshed_at = $12, pushes = $13,
           partner_rep_id = $14,
           version = version + 1
     where tenant_id = $1 and opportunity_id = $2
    returning *
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
    select tenant_id, 'opportunity.updated', 'opportunity', opportunity_id, version, opportunity_id, lead_partner_id,
           to_jsonb(changed)
      from changed
)
select version from changed;

-- name: opportunity_lead
with changed as (
    update opportunity
       set lead_partner_id = $3, partner_manager_id = $4, partner_rep_id = $5, proposed_by_side = null,
           proposed_stage = null, proposed_by = null, proposed_at = null, proposal_days = null, version = version + 1
     where tenant_id = $1 and opportunity_id = $2
    returning *
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
    select tenant_id, 'opportunity.lead_changed', 'opportunity', opportunity_id, version, opportunity_id,
           lead_partner_id, to_jsonb(changed)
      from changed
)
select version from changed;

-- name: person_nominee
-- A person who is named in a request: what decides whether the part fits. $3: the partner in question.
select person_id, active, roles, coalesce($3::int8 = any (partner_ids), false) as of_partner
  from person
 where tenant_id = $1 and id = $2;
