-- Bulk data for one tenant, as the owner of the schema: 80,000 direct deals and 20,000 with a partner, a registration
-- and a claim that both have signed, all open and closing in this quarter. Public ids are numbers, so that a client
-- can make one up. No events: nothing that is measured reads them.
\set ON_ERROR_STOP on
select tenant_id, created_at from tenant where key = 'bench' \gset
select set_config('tandem.tenant', :'tenant_id', false), set_config('tandem.partners', '*', false),
       set_config('tandem.now', now()::text, false), set_config('tandem.today', current_date::text, false) \g /dev/null

-- one partner posts all day long
update policy set submissions_per_day = 0 where tenant_id = :tenant_id;

insert into person (tenant_id, id, subject, name, email, roles)
values (:tenant_id, lpad('11', 32, '0')::uuid, 'ae', 'Ines Duarte', 'ae@bench.example', 2),
       (:tenant_id, lpad('12', 32, '0')::uuid, 'manager', 'Paul Manager', 'manager@bench.example', 4),
       (:tenant_id, lpad('13', 32, '0')::uuid, 'cro', 'Carla Officer', 'cro@bench.example', 16);
insert into partner (tenant_id, id, name, program_type, manager_id)
select :tenant_id, lpad(n::text, 32, '0')::uuid, 'Partner ' || n, 3, m.person_id
  from generate_series(1, 50) n, person m where m.tenant_id = :tenant_id and m.subject = 'manager';
insert into person (tenant_id, id, subject, name, email, roles, partner_ids)
select :tenant_id, lpad('14', 32, '0')::uuid, 'rep', 'Omar Reyes', 'rep@bench.example', 1, array[partner_id]
  from partner where tenant_id = :tenant_id and name = 'Partner 1';

insert into account (tenant_id, id, name, name_key, country, has_domain, normaliser)
select :tenant_id, lpad(n::text, 32, '0')::uuid, 'Account ' || n, 'account ' || n, 'DE', true, 1
  from generate_series(1, 100000) n;
insert into account_domain (tenant_id, account_id, domain, normaliser)
select tenant_id, account_id, 'account' || account_id || '.com', 1 from account where tenant_id = :tenant_id;

-- every fifth deal is a partner's; its claim has its id, and is checked when the claims are there
begin;
insert into opportunity (tenant_id, id, account_id, name, amount_minor, currency, close_date, owner_id,
                         partner_manager_id, lead_partner_id, partner_ids, counting_claim, attribution, category_call, model_version, vendor_stage,
                         partner_stage, stage_entered_at, created_at, refreshed_at)
select a.tenant_id, lpad(n::text, 32, '0')::uuid, a.account_id, 'Deal ' || n, 100000 + n * 7919 % 20000000, 'USD',
       current_date + n % ((date_trunc('quarter', current_date) + interval '3 months')::date - current_date),
       ae.person_id, case when n % 5 = 0 then manager.person_id end, p.partner_id,
       case when n % 5 = 0 then array[p.partner_id] else '{}' end,
       case when n % 5 = 0 then lpad(n::text, 32, '0')::uuid end,
       case when n % 5 > 0 then 0 else 1 + n / 5 % 2 end, 1 + n % 4, case when n % 5 = 0 then 1 end,
       case when n % 5 = 0 then 2 + n / 5 % 3 end, case when n % 5 = 0 then 2 + n / 5 % 3 end,
       now() - interval '3 days', now() - interval '3 days', now() - interval '1 day'
  from (select *, substr(name, 9)::int as n from account where tenant_id = :tenant_id) a
  join person ae on ae.tenant_id = a.tenant_id and ae.subject = 'ae'
  join person manager on manager.tenant_id = a.tenant_id and manager.subject = 'manager'
  left join partner p on p.tenant_id = a.tenant_id and a.n % 5 = 0 and p.name = 'Partner ' || 1 + a.n / 5 % 50
 order by n;
insert into registration (tenant_id, id, partner_id, account_id, product_family, content_hash, state, submitted_at,
                          respond_by, customer_name, customer_domains, contact_name, contact_email, need,
                          partner_rep_name, partner_rep_email, submitted_by, verdict, verdict_rule, decided_by,
                          approved_at, protected_until, opportunity_id)
select o.tenant_id, o.id, o.lead_partner_id, o.account_id, o.product_family, '', 3, o.created_at, o.created_at,
       o.name, '{}', 'Jana Vogt', 'jana@customer.example', 'A need', 'Omar Reyes', 'rep@bench.example', o.owner_id, 1,
       'none', o.partner_manager_id, o.created_at, o.created_at + interval '90 days', o.opportunity_id
  from opportunity o where o.tenant_id = :tenant_id and o.lead_partner_id is not null;
insert into claim (tenant_id, id, opportunity_id, partner_id, registration_id, value, kind, content_hash, deadline_at,
                   created_at, late, sourced_passed, signed_at)
select o.tenant_id, o.id, o.opportunity_id, o.lead_partner_id, r.registration_id, o.attribution, 1, '',
       o.created_at + interval '14 days', o.created_at, false, true, o.created_at
  from opportunity o
  join registration r on r.tenant_id = o.tenant_id and r.opportunity_id = o.opportunity_id
 where o.tenant_id = :tenant_id;
commit;
insert into signoff (tenant_id, claim_id, claim_version, role, person_id, decision, decided_at, deadline_at)
select c.tenant_id, c.claim_id, 1, role, case role when 1 then o.owner_id else o.partner_manager_id end, 1,
       c.created_at, c.deadline_at
  from claim c
  join opportunity o on o.tenant_id = c.tenant_id and o.opportunity_id = c.opportunity_id
 cross join generate_series(1, 2) role
 where c.tenant_id = :tenant_id;
