-- A deal with everything that an answer shows and a rule asks of it: the row itself, its signals, its account, people,
-- stage and claims, each with both decisions on its current version. One view for the single read, the page and the
-- locked row of a write, so that they cannot disagree.

-- One claim. Instants are text, as the session writes them: they travel inside the deal's row.
create view claim_sheet with (security_invoker) as
select c.tenant_id,
       c.opportunity_id,
       c.claim_id,
       c.id,
       c.claim_version,
       c.value,
       c.kind,
       c.late,
       c.counts_as_stated               as stated,
       c.stated_value,
       c.disputed_at is not null        as disputed,
       c.disputed_at::text              as disputed_at,
       c.dispute_reason,
       claim_ends_at(c.deadline_at, c.signed_at, deal.window_ends_at)::text as deadline_at,
       tandem_now() <= claim_ends_at(c.deadline_at, c.signed_at, deal.window_ends_at) as window_open,
       c.created_at::text               as created_at,
       c.signed_at is not null          as signed,
       c.sourced_passed,
       c.sourced_reason,
       c.share_basis_points,
       c.view_amount_minor,
       c.view_currency,
       c.view_close_date,
       c.view_stated_at::text           as view_stated_at,
       c.view_version,
       c.partner_id,
       claimant.id                      as partner,
       claimant.name                    as partner_name,
       claimant.manager_id              as partner_manager_id, -- who signs for the partner today
       own.registration_id,
       own.id                           as registration,
       own.submitted_at::text           as registration_submitted_at,
       ae.decision                      as ae_decision,
       ae.person_id                     as ae_signer_id,
       ae_person.id                     as ae_signer,
       ae_person.name                   as ae_signer_name,
       ae_owed.id                       as ae_for, -- whose duty it was, when it was lent
       ae_owed.name                     as ae_for_name,
       ae.reason                        as ae_reason,
       ae.decided_at::text              as ae_decided_at,
       manager.decision                 as manager_decision,
       manager.person_id                as manager_signer_id,
       pm_person.id                     as manager_signer,
       pm_person.name                   as manager_signer_name,
       pm_owed.id                       as manager_for,
       pm_owed.name                     as manager_for_name,
       manager.reason                   as manager_reason,
       manager.decided_at::text         as manager_decided_at
  from claim c
  left join opportunity deal on deal.tenant_id = c.tenant_id and deal.opportunity_id = c.opportunity_id
  left join partner claimant on claimant.tenant_id = c.tenant_id and claimant.partner_id = c.partner_id
  left join registration own on own.tenant_id = c.tenant_id and own.registration_id = c.registration_id
  left join signoff ae on ae.tenant_id = c.tenant_id and ae.claim_id = c.claim_id
        and ae.claim_version = c.claim_version and ae.role = 1
  left join signoff manager on manager.tenant_id = c.tenant_id and manager.claim_id = c.claim_id
        and manager.claim_version = c.claim_version and manager.role = 2
  left join person ae_person on ae_person.tenant_id = ae.tenant_id and ae_person.person_id = ae.person_id
  left join person pm_person on pm_person.tenant_id = manager.tenant_id and pm_person.person_id = manager.person_id
  left join person ae_owed on ae_owed.tenant_id = ae.tenant_id and ae_owed.person_id = ae.for_person_id
  left join person pm_owed on pm_owed.tenant_id = manager.tenant_id and pm_owed.person_id = manager.for_person_id;
grant select on claim_sheet to :daemon_role;

create view deal_sheet with (security_invoker) as
select s.tenant_id,
       s.opportunity_id,
       s.id,
       s.version,
       s.name,
       s.account_id,
       account.id                       as account,
       account.name                     as account_name,
       account.country                  as account_country,
       s.product_family,
       s.amount_minor,
       s.currency,
       s.close_date,
       s.owner_id,
       owner.id                         as owner,
       owner.name                       as owner_name,
       owner.email                      as owner_email,
       tandem_sees_partner(s.lead_partner_id)   as leads, -- the caller's partner does, or the caller sees all
       s.partner_manager_id,
       manager.id                       as partner_manager,
       manager.name                     as partner_manager_name,
       s.partner_rep_id,
       rep.id                           as partner_rep,
       rep.name                         as partner_rep_name,
       s.lead_partner_id,
       lead.id                          as lead_partner,
       lead.name                        as lead_partner_name,
       lead.manager_id                  as lead_partner_manager_id, -- who signs for the partner today
       s.attribution,
       s.crm_source,
       s.external_id,
       -- the one that leads first
       (select json_agg(json_build_object('source', i.crm_source, 'external_id', i.external_id) order by i.place)
          from (select s.crm_source, s.external_id, 0 as place where s.crm_source is not null
                 union all
                select l.crm_source, l.external_id, l.crm_link_id from crm_link l
                 where l.tenant_id = s.tenant_id and l.opportunity_id = s.opportunity_id) i) as external_ids,
       s.crm_stage,
       s.category_call,
       s.next_step,
       s.model_version,
       s.vendor_stage,
       s.partner_stage,
       s.vendor_stage_key,
       s.partner_stage_key,
       s.vendor_stage_rollup,
       s.partner_stage_rollup,
       s.stage_entered_at,
       s.proposed_by_side,
       s.proposed_stage,
       s.proposed_by,
       s.proposed_at,
       s.proposal_days,
       s.created_at,
       s.refreshed_at,
       s.pushes,
       s.status,
       s.closed_on,
       s.closed_at,
       s.reason_code,
       s.resolved_at,
       s.outside_gates,
       s.backdated,
       s.grandfathered,
       s.merged_into,
       s.window_ends_at,
       -- the claim's window and the rule are those of the deal's creation; loaded history starts it at the go-live
       coalesce(s.window_starts_at, s.created_at) as window_starts_at,
       fixed.window_hours,
       fixed.sourced_rule_version,
       (select min(e.engaged_at) from engagement e
         where e.tenant_id = s.tenant_id and e.account_id = s.account_id and e.product_family = s.product_family)
                                        as first_engaged_at,
       s.partner_ids,
       s.counting_claim,
       s.claim_value,
       s.claim_kind,
       s.registration_state,
       s.registration_verdict,
       s.registration_resolved,
       (select json_agg(to_json(c) order by c.created_at, c.claim_id)
          from claim_sheet c
         where c.tenant_id = s.tenant_id and c.opportunity_id = s.opportunity_id) as claims,
       s.claim_late,
       s.claim_stated,
       s.claim_disputed,
       s.ae_decision,
       s.manager_decision,
       s.window_open,
       s.contested,
       s.vendor_ceiling,
       s.partner_ceiling,
       s.stale,
       s.overdue,
       s.stalled,
       s.undated,
       s.has_amount,
       s.has_rate,
       s.resolved
  from deal_signal s
  left join lateral (select p.window_hours, p.sourced_rule_version
                       from policy_course p
                      where p.tenant_id = s.tenant_id and p.effective_at <= coalesce(s.window_starts_at, s.created_at)
                      order by p.effective_at desc, p.policy_version desc
                      limit 1) fixed on true
  left join account on account.tenant_id = s.tenant_id and account.account_id = s.account_id
  left join person owner on owner.tenant_id = s.tenant_id and owner.person_id = s.owner_id
  left join person manager on manager.tenant_id = s.tenant_id and manager.person_id = s.partner_manager_id
        and tandem_sees_partner(s.lead_partner_id)
  left join person rep on rep.tenant_id = s.tenant_id and rep.person_id = s.partner_rep_id
        and tandem_sees_partner(s.lead_partner_id)
  left join partner lead on lead.tenant_id = s.tenant_id and lead.partner_id = s.lead_partner_id;
grant select on deal_sheet to :daemon_role;

-- What the gates ask of the claim that counts, when it is another partner's than the one that leads: that one passes the
-- gates and may not see the claim. Runs as the owner, for the tenant of the setting and deals that the caller's partner
-- leads; nothing of it but the gates' answer reaches the partner.
create function hidden_claim(deal int8)
returns table (value int2, kind int2, late boolean, disputed boolean, ae_decision int2, manager_decision int2,
               window_open boolean, registration_state int2, registration_verdict int2, registration_resolved boolean)
language sql stable security definer set search_path = pg_catalog, public
begin atomic
    select c.value, c.kind, c.late, c.disputed_at is not null, ae.decision, manager.decision,
           tandem_now() <= claim_ends_at(c.deadline_at, c.signed_at, o.window_ends_at), own.state, own.verdict, own.resolution is not null
      from opportunity o
      join claim c on c.tenant_id = o.tenant_id and c.id = o.counting_claim
      left join registration own on own.tenant_id = c.tenant_id and own.registration_id = c.registration_id
      left join signoff ae on ae.tenant_id = c.tenant_id and ae.claim_id = c.claim_id
            and ae.claim_version = c.claim_version and ae.role = 1
      left join signoff manager on manager.tenant_id = c.tenant_id and manager.claim_id = c.claim_id
            and manager.claim_version = c.claim_version and manager.role = 2
     where o.tenant_id = tandem_tenant() and o.opportunity_id = deal and tandem_sees_partner(o.lead_partner_id);
end;
revoke execute on function hidden_claim(int8) from public;
grant execute on function hidden_claim(int8) to :daemon_role;

-- A confirmed advance extends the protection that still runs, also when the partner that confirms leads on another one's
-- registration and may not see it. Runs as the owner, for the tenant of the setting and deals that the caller's partner
-- leads; the row comes back for the event, which the registering partner alone may read.
create function protection_extend(deal int8, extension_days int4) returns setof registration
language sql volatile security definer set search_path = pg_catalog, public
begin atomic
    update registration r
       set protected_until = r.protected_until + extension_days * interval '24 hours', version = r.version + 1
      from opportunity o
     where o.tenant_id = tandem_tenant() and o.opportunity_id = deal and tandem_sees_partner(o.lead_partner_id)
       and r.tenant_id = o.tenant_id and r.opportunity_id = o.opportunity_id and r.state = 3
       and r.protected_until > tandem_now()
    returning r.*;
end;
revoke execute on function protection_extend(int8, int4) from public;
grant execute on function protection_extend(int8, int4) to :daemon_role;
