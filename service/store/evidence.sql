-- name: evidence_list
-- The newest version of each criterion's evidence ($3: of one criterion), with who confirmed it; one row without a
-- criterion when the deal has none.
select o.id, e.criterion, e.evidence_version, e.type, e.side, e.given_at,
       e.body ->> 'statement' as statement, e.body ->> 'link' as link, e.body ->> 'sha256' as sha256,
       e.body -> 'people' as people, (e.body ->> 'date')::date as on_date, e.body -> 'steps' as steps,
       author.id as author, author.name as author_name,
       vendor_person.id as vendor_person, vendor_person.name as vendor_person_name,
       vendor.confirmed_at as vendor_confirmed_at,
       partner_person.id as partner_person, partner_person.name as partner_person_name,
       partner.confirmed_at as partner_confirmed_at
  from opportunity o
  left join (select distinct on (v.tenant_id, v.opportunity_id, v.criterion) v.*
               from evidence v
              where v.tenant_id = $1 and v.criterion = coalesce($3, v.criterion)
                and v.opportunity_id = (select w.opportunity_id from opportunity w where w.tenant_id = $1 and w.id = $2)
              order by v.tenant_id, v.opportunity_id, v.criterion, v.evidence_version desc) e
         on e.tenant_id = o.tenant_id and e.opportunity_id = o.opportunity_id
  left join criterion k on k.tenant_id = o.tenant_id and k.model_version = o.model_version and k.key = e.criterion
  left join person author on author.tenant_id = e.tenant_id and author.person_id = e.author_id
        and tandem_knows_person(author.partner_ids)
  left join confirmation vendor on vendor.tenant_id = e.tenant_id and vendor.opportunity_id = e.opportunity_id
        and vendor.criterion = e.criterion and vendor.evidence_version = e.evidence_version and vendor.side = 1
  left join person vendor_person on vendor_person.tenant_id = vendor.tenant_id
        and vendor_person.person_id = vendor.person_id
  left join confirmation partner on partner.tenant_id = e.tenant_id and partner.opportunity_id = e.opportunity_id
        and partner.criterion = e.criterion and partner.evidence_version = e.evidence_version and partner.side = 2
  left join person partner_person on partner_person.tenant_id = partner.tenant_id
        and partner_person.person_id = partner.person_id and tandem_knows_person(partner_person.partner_ids)
 where o.tenant_id = $1 and o.id = $2 and tandem_sees_partner(o.partner_ids)
 order by k.stage_number, k.position, e.criterion;

-- name: evidence_insert
-- One body for each of the criteria ($3), each as its next version. The caller holds the deal's row.
with given as (
    insert into evidence (tenant_id, opportunity_id, criterion, evidence_version, type, body, author_id, side)
    select $1, $2, wanted.criterion,
           1 + coalesce((select max(v.evidence_version) from evidence v
                          where v.tenant_id = $1 and v.opportunity_id = $2 and v.criterion = wanted.criterion), 0),
           $4, $5, tandem_person(), $6
      from unnest($3::text[]) wanted (criterion)
 returning *
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
select g.tenant_id, 'evidence.given', 'evidence', g.evidence_id, 1, g.opportunity_id, o.lead_partner_id, to_jsonb(g)
  from given g join opportunity o on o.tenant_id = g.tenant_id and o.opportunity_id = g.opportunity_id;

-- name: confirmation_insert
-- For one side ($5): the newest versions ($4) of the criteria ($3), as the caller has read them under the deal's lock.
with confirmed as (
    insert into confirmation (tenant_id, opportunity_id, criterion, evidence_version, side, person_id)
    select $1, $2, wanted.criterion, wanted.evidence_version, $5, tandem_person()
      from unnest($3::text[], $4::int4[]) wanted (criterion, evidence_version)
 returning *
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
select c.tenant_id, 'evidence.confirmed', 'confirmation', c.confirmation_id, 1, c.opportunity_id, o.lead_partner_id,
       to_jsonb(c)
  from confirmed c join opportunity o on o.tenant_id = c.tenant_id and o.opportunity_id = c.opportunity_id;
