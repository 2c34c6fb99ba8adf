-- A deal with everything that an answer shows and a rule asks of it: the row itself, its signals, its account, people,
-- stage and claim with both decisions on the current version. One view for the single read, the page and the locked
-- row of a write, so that they cannot disagree.

create view deal_sheet with (security_invoker) as
select o.tenant_id,
       o.opportunity_id,
       o.id,
       o.version,
       o.name,
       o.account_id,
       account.id                       as account,
       account.name                     as account_name,
       account.country                  as account_country,
       o.product_family,
       o.amount_minor,
       o.currency,
       o.close_date,
       o.owner_id,
       owner.id                         as owner,
       owner.name                       as owner_name,
       owner.email                      as owner_email,
       o.partner_manager_id,
       manager.id                       as partner_manager,
       manager.name                     as partner_manager_name,
       o.partner_rep_id,
       o.lead_partner_id,
       lead.id                          as lead_partner,
       lead.name                        as lead_partner_name,
       lead.manager_id                  as lead_partner_manager_id, -- who signs for the partner today
       o.attribution,
       o.crm_source,
       o.external_id,
       o.crm_stage,
       o.category_call,
       o.next_step,
       o.model_version,
       o.vendor_stage,
       o.partner_stage,
       vendor_stage.key                 as vendor_stage_key,
       partner_stage.key                as partner_stage_key,
       vendor_stage.rollup              as vendor_stage_rollup,
       partner_stage.rollup             as partner_stage_rollup,
       o.stage_entered_at,
       o.proposed_by_side,
       o.proposed_stage,
       o.proposed_by,
       o.proposed_at,
       o.created_at,
       o.refreshed_at,
       o.pushes,
       o.status,
       o.closed_on,
       o.closed_at,
       o.reason_code,
       o.resolved_at,
       o.outside_gates,
       o.backdated,
       o.grandfathered,
       -- the claim's window and the rule are those of the deal's creation; loaded history starts it at the go-live
       case when o.grandfathered then greatest(o.created_at, tenant.go_live_at) else o.created_at end
                                        as window_starts_at,
       fixed.window_hours,
       fixed.sourced_rule_version,
       (select min(e.engaged_at) from engagement e
         where e.tenant_id = o.tenant_id and e.account_id = o.account_id and e.product_family = o.product_family)
                                        as first_engaged_at,
       c.claim_id,
       c.id                             as claim,
       c.version                        as claim_row_version,
       c.claim_version,
       c.value                          as claim_value,
       c.kind                           as claim_kind,
       c.partner_id                     as claim_partner_id,
       claimant.id                      as claim_partner,
       claimant.name                    as claim_partner_name,
       claimant.manager_id              as claim_partner_manager_id,
       c.deadline_at,
       c.created_at                     as claim_created_at,
       c.dispute_reason,
       c.sourced_passed,
       c.sourced_reason,
       c.share_basis_points,
       registration.registration_id,
       registration.id                  as registration,
       registration.state               as registration_state,
       registration.verdict             as registration_verdict,
       registration.submitted_at        as registration_submitted_at,
       ae.person_id                     as ae_signer_id,
       ae_person.id                     as ae_signer,
       ae_person.name                   as ae_signer_name,
       ae.reason                        as ae_reason,
       ae.decided_at                    as ae_decided_at,
       pm.person_id                     as manager_signer_id,
       pm_person.id                     as manager_signer,
       pm_person.name                   as manager_signer_name,
       pm.reason                        as manager_reason,
       pm.decided_at                    as manager_decided_at,
       s.claim_late,
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
  from opportunity o
  join tenant on tenant.tenant_id = o.tenant_id
  left join lateral (select p.window_hours, p.sourced_rule_version
                       from policy p
                      where p.tenant_id = o.tenant_id and p.effective_at <= o.created_at
                      order by p.effective_at desc, p.policy_version desc
                      limit 1) fixed on true
  join deal_signal s on s.tenant_id = o.tenant_id and s.opportunity_id = o.opportunity_id
  left join account on account.tenant_id = o.tenant_id and account.account_id = o.account_id
  left join person owner on owner.tenant_id = o.tenant_id and owner.person_id = o.owner_id
  left join person manager on manager.tenant_id = o.tenant_id and manager.person_id = o.partner_manager_id
  left join partner lead on lead.tenant_id = o.tenant_id and lead.partner_id = o.lead_partner_id
  left join stage vendor_stage on vendor_stage.tenant_id = o.tenant_id
        and vendor_stage.model_version = o.model_version and vendor_stage.number = o.vendor_stage
  left join stage partner_stage on partner_stage.tenant_id = o.tenant_id
        and partner_stage.model_version = o.model_version and partner_stage.number = o.partner_stage
  left join claim c on c.tenant_id = o.tenant_id and c.opportunity_id = o.opportunity_id
  left join partner claimant on claimant.tenant_id = c.tenant_id and claimant.partner_id = c.partner_id
  left join registration on registration.tenant_id = c.tenant_id
        and registration.registration_id = c.registration_id
  left join signoff ae on ae.tenant_id = c.tenant_id and ae.claim_id = c.claim_id
        and ae.claim_version = c.claim_version and ae.role = 1
  left join person ae_person on ae_person.tenant_id = ae.tenant_id and ae_person.person_id = ae.person_id
  left join signoff pm on pm.tenant_id = c.tenant_id and pm.claim_id = c.claim_id
        and pm.claim_version = c.claim_version and pm.role = 2
  left join person pm_person on pm_person.tenant_id = pm.tenant_id and pm_person.person_id = pm.person_id;
grant select on deal_sheet to :daemon_role;
