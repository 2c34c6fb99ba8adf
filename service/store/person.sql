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
select id, subject, name, email, roles, partner, partners, crm_owner_ids, active, erased_at, version
  from person_shown
 where tenant_id = $1 and id = $2;

-- name: person_page
select id, subject, name, email, roles, partner, partners, crm_owner_ids, active, erased_at, version
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
select person_id, version, roles, active, subject is not null as has_subject, erased_at is not null as erased
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

-- name: person_erase_traces
select erase_traces(p.name, p.email, p.subject) is null as done from person p where p.tenant_id = $1 and p.person_id = $2;

-- name: person_erase
-- The person, and whatever the registrations say of somebody with its e-mail; each row with a new salt, so that the
-- digests in older images tell nothing.
with before as (
    select p.email from person p where p.tenant_id = $1 and p.person_id = $2
), erased as (
    update person
       set subject = null, name = null, email = null, crm_owner_ids = '{}', active = false, erased_at = tandem_now(),
           personal_salt = gen_random_uuid(), version = version + 1
     where tenant_id = $1 and person_id = $2
    returning *
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, reason, after)
    select tenant_id, 'person.erased', 'person', person_id, version, $3, to_jsonb(erased) from erased
), naming as (
    select r.registration_id, lower(r.contact_email) is not distinct from lower(before.email) as contact,
           lower(r.partner_rep_email) is not distinct from lower(before.email) as rep,
           lower(r.acting_for ->> 'email') is not distinct from lower(before.email) as acting
      from before
      join registration r on r.tenant_id = $1
       and (lower(r.contact_email) = lower(before.email) or lower(r.partner_rep_email) = lower(before.email)
            or r.acting_for is not null and lower(r.acting_for ->> 'email') = lower(before.email))
), blanked as (
    update registration r
       set contact_name = case when not n.contact then r.contact_name end,
           contact_email = case when not n.contact then r.contact_email end,
           partner_rep_name = case when not n.rep then r.partner_rep_name end,
           partner_rep_email = case when not n.rep then r.partner_rep_email end,
           acting_for = case when not n.acting then r.acting_for end,
           personal_salt = gen_random_uuid(), updated_at = tandem_now(), version = r.version + 1
      from naming n
     where r.tenant_id = $1 and r.registration_id = n.registration_id
    returning r.*
), blanked_logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
    select tenant_id, 'registration.person_erased', 'registration', registration_id, version, opportunity_id, partner_id,
           to_jsonb(blanked)
      from blanked
)
select version from erased;
