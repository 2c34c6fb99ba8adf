-- name: person_insert
with made as (
    insert into person (tenant_id, id, subject, name, email, roles, partner_ids, crm_owner_ids, active)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    returning *
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, after)
    select tenant_id, 'person.created', 'person', person_id, version, to_jsonb(made) from made
)
select person_id from made;

-- name: person_change_lock
-- One change of people at a time in a tenant, so that two admins cannot take each other away and no CRM owner id gets two
-- meanings. A statement of its own: what the one before did is seen by the next.
select pg_advisory_xact_lock(hashtextextended('people', $1));

-- name: person_other_admin
-- Whether an active admin with a login is there besides $2 (null: a person who is not there yet).
select exists (select from person p
                where p.tenant_id = $1 and p.person_id is distinct from $2::int8 and p.active and p.subject is not null
                  and p.roles & 64 <> 0) as stays;

-- name: person_owner_ids
-- Each wanted CRM owner id in its order, with the other active person who has it.
select wanted.id, taken.person
  from unnest($3::text[]) with ordinality as wanted (id, place)
  left join lateral (select p.id as person from person p
                      where p.tenant_id = $1 and p.person_id is distinct from $2::int8 and p.active
                        and p.crm_owner_ids @> array[wanted.id]
                      limit 1) taken on true
 order by wanted.place;

-- name: person_by_id
select id, subject, name, email, roles, partner, partners, crm_owner_ids, active, version
  from person_shown
 where tenant_id = $1 and id = $2;

-- name: person_page
select id, subject, name, email, roles, partner, partners, crm_owner_ids, active, version
  from person_shown
 where tenant_id = $1
   and ($2::int2 is null or roles & (1 << $2::int2) <> 0)
   and ($3::uuid is null or $3 = any (partner_ids))
   and ($4::boolean is null or active = $4)
   and ($5::text is null or lower(email) = lower($5))
   and ($6::text is null or subject = $6)
   and ($7::uuid is null or id < $7)
 order by id desc
 limit $8;

-- name: person_lock
select person_id, version, roles, active, subject is not null as has_subject
  from person
 where tenant_id = $1 and id = $2
   for update;

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
