-- columns: crm_source_shown
-- A source with the person in whose name it acts.
s.crm_source_id, s.id, s.source, s.kind, p.id as person, p.name as person_name, s.secret_current, s.secret_previous,
s.public_url, s.currency, to_jsonb(s.object_types) as object_types, s.fields, s.stages, s.categories, s.partners,
s.integration_user, s.version;

-- name: crm_source_lock
-- One change of a tenant's sources at a time, so that the second creator of one finds it.
select pg_advisory_xact_lock(hashtextextended('crm sources', $1));

-- name: crm_source_by_id
select :crm_source_shown
  from crm_source s
  join person p on p.tenant_id = s.tenant_id and p.person_id = s.person_id
 where s.tenant_id = $1 and s.id = $2;

-- name: crm_source_page
select :crm_source_shown
  from crm_source s
  join person p on p.tenant_id = s.tenant_id and p.person_id = s.person_id
 where s.tenant_id = $1 and ($2::uuid is null or s.id < $2)
 order by s.id desc
 limit $3;

-- name: crm_source_insert
with made as (
    insert into crm_source (tenant_id, id, source, kind, person_id, secret_current, secret_previous, public_url, currency,
                            object_types, fields, stages, categories, integration_user, partners)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
    returning *
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, after)
    select tenant_id, 'crm_source.created', 'crm_source', crm_source_id, version, to_jsonb(made) from made
)
select crm_source_id from made;

-- name: crm_source_replace
with changed as (
    update crm_source
       set person_id = $3, secret_current = $4, secret_previous = $5, public_url = $6, currency = $7, object_types = $8,
           fields = $9, stages = $10, categories = $11, integration_user = $12, partners = $13, version = version + 1
     where tenant_id = $1 and id = $2
    returning *
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, after)
    select tenant_id, 'crm_source.replaced', 'crm_source', crm_source_id, version, to_jsonb(changed) from changed
)
select crm_source_id from changed;

-- name: crm_source_of
-- Whose address it is, before the tenant is known.
select tenant_id, tenant, subject, crm_source_id, kind, secret_current, secret_previous, public_url, now_at
  from crm_source_of($1, $2);

-- name: crm_source_by_key
select :crm_source_shown
  from crm_source s
  join person p on p.tenant_id = s.tenant_id and p.person_id = s.person_id
 where s.tenant_id = $1 and s.crm_source_id = $2;
