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
