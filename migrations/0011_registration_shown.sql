-- A registration with the public ids behind its internal ones: what every answer about it is written from.
-- Changes that have not come in time: the stored state stays 2, and whoever reads it asks the one clock.

create view registration_shown with (security_invoker) as
select r.tenant_id, r.registration_id, r.id, r.partner_id, p.id as partner, r.account_id, a.id as account,
       r.product_family, r.external_id, r.content_hash,
       case when r.state = 2 and tandem_now() >= r.expires_at then 6::int2 else r.state end as state, r.submitted_at,
       r.respond_by, r.customer_name,
       to_jsonb(r.customer_domains) as customer_domains, r.customer_country, r.contact_name, r.contact_email, r.need,
       r.amount_minor, r.currency, r.close_date, r.partner_rep_name, r.partner_rep_email, r.acting_for, r.verdict,
       r.verdict_rule, r.conflict_with, r.reason_code, r.reason, r.protected_until, r.opportunity_id,
       o.id as opportunity, r.updated_at, r.version, r.change_fields, r.change_text, r.change_is_correction,
       r.expires_at, o.status as deal_status, r.resolution, r.resolution_reason, r.responded_at,
       coalesce(r.responded_at, tandem_now()) > r.respond_by as past_respond_by
  from registration r
  join partner p on p.tenant_id = r.tenant_id and p.partner_id = r.partner_id
  join account a on a.tenant_id = r.tenant_id and a.account_id = r.account_id
  left join opportunity o on o.tenant_id = r.tenant_id and o.opportunity_id = r.opportunity_id;
grant select on registration_shown to :daemon_role;
