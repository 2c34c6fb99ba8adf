-- name: person_insert
with made as (
    insert into person (tenant_id, id, subject, name, email, roles, partner_ids, crm_owner_ids, active)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    returning *
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, after)
    select tenant_id, 'person.created', 'person', person_id, version, to_jsonb(made) from made
)
select person_id, version from made;

-- name: person_lock
select person_id, version from person where tenant_id = $1 and id = $2 for update;

-- name: person_replace
with changed as (
    update person
       set subject = $3, name = $4, email = $5, roles = $6, partner_ids = $7, crm_owner_ids = $8, active = $9,
           version = version + 1
     where tenant_id = $1 and person_id = $2
    returning *
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, after)
    select tenant_id, 'person.replaced', 'person', person_id, version, to_jsonb(changed) from changed
)
select version from changed;
