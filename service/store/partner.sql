-- name: partner_manager_candidate
select person_id, name, roles, active from person where tenant_id = $1 and id = $2;

-- name: partner_insert
with made as (
    insert into partner (tenant_id, id, name, program_type, manager_id) values ($1, $2, $3, $4, $5) returning *
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, partner_id, after)
    select tenant_id, 'partner.created', 'partner', partner_id, version, partner_id, to_jsonb(made) from made
)
select created_at, version from made;

-- name: partner_page
-- By name; the cursor holds the id, because a name may be long.
select p.id, p.name, p.program_type, m.id as manager, m.name as manager_name, p.created_at, p.version
  from partner p
  left join person m on m.tenant_id = p.tenant_id and m.person_id = p.manager_id
 where p.tenant_id = $1 and ($2::uuid is null or p.name collate "C" > (select last.name collate "C" from partner last
                                                                      where last.tenant_id = $1 and last.id = $2))
 order by p.name collate "C"
 limit $3;

-- name: partner_ids
-- The internal ids behind public ones, in their order; null for one that is not there.
select wanted.id, p.partner_id
  from unnest($2::uuid[]) with ordinality as wanted (id, place)
  left join partner p on p.tenant_id = $1 and p.id = wanted.id
 order by wanted.place;
