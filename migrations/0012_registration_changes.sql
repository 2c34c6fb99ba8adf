-- Changes are asked of a registration, with a day on which it expires when they do not come. Nobody writes that it has
-- expired: the stored state stays 2, and whoever reads it asks the one clock (registration_shown, conflict_candidates,
-- deal_signal). The policy says how long, how far a protection may be extended, and how much a partner submits a day.

alter table policy
    add column changes_business_days int4 not null default 10 check (changes_business_days > 0),
    add column extension_days_max int4 not null default 30 check (extension_days_max > 0), -- of a protection, by hand
    add column submissions_per_day int4 not null default 50 check (submissions_per_day > 0); -- of one partner
alter table policy
    alter column changes_business_days drop default,
    alter column extension_days_max drop default,
    alter column submissions_per_day drop default;

create or replace view policy_now with (security_invoker) as
    select p.* from policy p
     where p.tenant_id = tandem_tenant() and p.effective_at <= tandem_now()
     order by p.effective_at desc, p.policy_version desc limit 1;

alter table registration
    add column change_fields int4, -- bits of enum registration_field: what the partner may change
    add column change_text text,
    add column change_is_correction boolean, -- the stamp is kept even when the customer changes
    add column expires_at timestamptz, -- when the changes have not come by then
    add constraint registration_changes_whole check (state <> 2 or (change_fields is not null
        and change_text is not null and change_is_correction is not null and expires_at is not null));
create index registration_of_day on registration (tenant_id, partner_id, submitted_at);

create or replace view registration_shown with (security_invoker) as
select r.tenant_id, r.registration_id, r.id, r.partner_id, p.id as partner, r.account_id, a.id as account,
       r.product_family, r.external_id, r.content_hash,
       case when r.state = 2 and tandem_now() >= r.expires_at then 6::int2 else r.state end as state, r.submitted_at,
       r.respond_by, r.customer_name,
       to_jsonb(r.customer_domains) as customer_domains, r.customer_country, r.contact_name, r.contact_email, r.need,
       r.amount_minor, r.currency, r.close_date, r.partner_rep_name, r.partner_rep_email, r.acting_for, r.verdict,
       r.verdict_rule, r.conflict_with, r.reason_code, r.reason, r.protected_until, r.opportunity_id,
       o.id as opportunity, r.updated_at, r.version, r.change_fields, r.change_text, r.change_is_correction,
       r.expires_at, o.status as deal_status
  from registration r
  join partner p on p.tenant_id = r.tenant_id and p.partner_id = r.partner_id
  join account a on a.tenant_id = r.tenant_id and a.account_id = r.account_id
  left join opportunity o on o.tenant_id = r.tenant_id and o.opportunity_id = r.opportunity_id;

-- As before, but for the registrations that have expired.
create or replace function conflict_candidates(own_account int8, own_name_key text, own_domains text[], own_country text,
                                    own_registration int8)
returns table (kind text, id uuid, account_id int8, partner_id int8, state int2, product_family text,
               submitted_at timestamptz, protected boolean, matched text)
language plpgsql stable security definer
set search_path = pg_catalog, public set plan_cache_mode = force_generic_plan set enable_seqscan = off
set enable_hashjoin = off set enable_mergejoin = off as $$
#variable_conflict use_column
begin
    return query with matching (account_id, matched, rank) as (
        select d.account_id, 'domain', 1
          from account_domain d
         where d.tenant_id = tandem_tenant() and d.domain = any (own_domains)
        union all
        select a.account_id, 'name', 2
          from account a
         where a.tenant_id = tandem_tenant() and a.name_key = own_name_key
           and (a.country is null or own_country is null or a.country = own_country)
        union all
        select own_account, 'account', 3 where own_account is not null
    ), matched_account as (
        select distinct on (m.account_id) m.account_id, m.matched from matching m order by m.account_id, m.rank
    )
    select 'account', a.id, a.account_id, null::int8, null::int2, null::text, null::timestamptz, false, m.matched
      from matched_account m
      join account a on a.tenant_id = tandem_tenant() and a.account_id = m.account_id
    union all
    select 'registration', r.id, r.account_id, r.partner_id, r.state, r.product_family, r.submitted_at,
           r.state = 3, m.matched
      from matched_account m
      join registration r on r.tenant_id = tandem_tenant() and r.account_id = m.account_id
     where r.state in (1, 2, 3) -- in the words of registration_of_account, which is not used without them
       and (r.state <> 2 or tandem_now() < r.expires_at)
       and (r.state <> 3 or tandem_now() < r.protected_until)
       and r.registration_id is distinct from own_registration
    union all
    select 'opportunity', o.id, o.account_id, o.lead_partner_id, o.status, o.product_family, o.created_at,
           false, m.matched
      from matched_account m
      join opportunity o on o.tenant_id = tandem_tenant() and o.account_id = m.account_id and o.status = 1;
end $$;

-- As before, but for the rivals that have expired.
create or replace view deal_signal with (security_invoker) as
select o.tenant_id,
       o.opportunity_id,
       o.status,
       c.value                                              as claim_value,
       coalesce(c.late, false)                              as claim_late,
       c.disputed_at is not null                            as claim_disputed,
       ae.decision                                          as ae_decision,
       manager.decision                                     as manager_decision,
       coalesce(clock.now <= c.deadline_at, false)          as window_open,
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
       o.amount_minor is null or o.currency = clock.currency as has_rate,
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
       o.created_at,
       o.refreshed_at,
       o.pushes,
       o.closed_at,
       o.reason_code,
       o.resolved_at,
       o.backdated,
       clock.go_live_at,
       vendor.key                                           as vendor_stage_key,
       partner.key                                          as partner_stage_key,
       vendor.rollup                                        as vendor_stage_rollup,
       partner.rollup                                       as partner_stage_rollup,
       c.claim_id,
       c.id                                                 as claim,
       c.version                                            as claim_row_version,
       c.claim_version,
       c.kind                                               as claim_kind,
       c.partner_id                                         as claim_partner_id,
       c.deadline_at,
       c.created_at                                         as claim_created_at,
       c.dispute_reason,
       c.sourced_passed,
       c.sourced_reason,
       c.share_basis_points,
       own.registration_id,
       own.id                                               as registration,
       own.state                                            as registration_state,
       own.verdict                                          as registration_verdict,
       own.submitted_at                                     as registration_submitted_at,
       ae.person_id                                         as ae_signer_id,
       ae.reason                                            as ae_reason,
       ae.decided_at                                        as ae_decided_at,
       manager.person_id                                    as manager_signer_id,
       manager.reason                                       as manager_reason,
       manager.decided_at                                   as manager_decided_at
  from opportunity o
 cross join (select tandem_now() as now, tandem_today() as today, t.currency, t.go_live_at,
                    p.stale_hours * interval '1 hour' as stale_after,
                    p.stalled_days * interval '24 hours' as stalled_after
               from policy_now p join tenant t on t.tenant_id = tandem_tenant() offset 0) clock
  left join claim c on c.tenant_id = o.tenant_id and c.opportunity_id = o.opportunity_id
  left join registration own on own.tenant_id = c.tenant_id and own.registration_id = c.registration_id
  left join signoff ae on ae.tenant_id = c.tenant_id and ae.claim_id = c.claim_id
        and ae.claim_version = c.claim_version and ae.role = 1
  left join signoff manager on manager.tenant_id = c.tenant_id and manager.claim_id = c.claim_id
        and manager.claim_version = c.claim_version and manager.role = 2
  left join stage vendor on vendor.tenant_id = o.tenant_id and vendor.model_version = o.model_version
        and vendor.number = o.vendor_stage
  left join stage partner on partner.tenant_id = o.tenant_id and partner.model_version = o.model_version
        and partner.number = o.partner_stage;
