-- name: external_id_lock
-- An id means one deal, whether it leads there or not, and no constraint reaches over both tables: whoever gives a deal an
-- id waits for the imports that run, and they for it.
select pg_advisory_xact_lock(hashtextextended('external id', $1));

-- name: external_id_find
-- The deal that has this id ($2 source, $3 id).
select o.id, o.name
  from opportunity o
 where o.tenant_id = $1 and o.crm_source = $2 and o.external_id = $3
 union all
select o.id, o.name
  from crm_link l
  join opportunity o on o.tenant_id = l.tenant_id and o.opportunity_id = l.opportunity_id
 where l.tenant_id = $1 and l.crm_source = $2 and l.external_id = $3;

-- name: external_id_lead
-- The deal's first id: from now on the CRM owns some of its fields.
with changed as (
    update opportunity
       set crm_source = $3, external_id = $4, version = version + 1
     where tenant_id = $1 and opportunity_id = $2
    returning *
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
select tenant_id, 'opportunity.linked', 'opportunity', opportunity_id, version, opportunity_id, lead_partner_id,
       to_jsonb(changed)
  from changed;

-- name: external_id_add
-- One more; the deal has another answer by it, so it has another version.
with made as (
    insert into crm_link (tenant_id, opportunity_id, crm_source, external_id)
    values ($1, $2, $3, $4)
    returning *
), changed as (
    update opportunity set version = version + 1 where tenant_id = $1 and opportunity_id = $2
    returning *
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
select tenant_id, 'crm_link.created', 'crm_link', crm_link_id, version, opportunity_id, null, to_jsonb(made) from made
 union all
select tenant_id, 'opportunity.linked', 'opportunity', opportunity_id, version, opportunity_id, lead_partner_id,
       to_jsonb(changed)
  from changed;
