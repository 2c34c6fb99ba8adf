-- Stored instants turned into signals against the transaction's one clock: the input of deal_assess
-- (include/tandem/domain/deal.h). One view for one deal, a page and the whole forecast, so that they cannot disagree.
-- What follows from the signals is decided in the domain layer, not here.

create view deal_signal with (security_invoker) as
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
              and rival.partner_id <> c.partner_id
              and rival.submitted_at < coalesce(own.submitted_at, c.created_at)) as contested,
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
       o.closed_on
  from opportunity o
 cross join (select tandem_now() as now, tandem_today() as today, t.currency,
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
grant select on deal_signal to :daemon_role;
