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

-- name: partner_lock
select p.partner_id, p.id, p.name, p.program_type, m.id as manager, m.name as manager_name, p.created_at, p.version
  from partner p
  left join person m on m.tenant_id = p.tenant_id and m.person_id = p.manager_id
 where p.tenant_id = $1 and p.id = $2
   for update of p;

-- name: partner_update
-- Null keeps what is there. A new manager ($5) takes over the deals that the one before had and that are not resolved.
with changed as (
    update partner
       set name = coalesce($3, name), program_type = coalesce($4, program_type), manager_id = coalesce($5, manager_id),
           version = version + 1
     where tenant_id = $1 and partner_id = $2
    returning *
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, partner_id, after)
    select tenant_id, 'partner.updated', 'partner', partner_id, version, partner_id, to_jsonb(changed) from changed
), passed as (
    update opportunity o
       set partner_manager_id = $5, version = o.version + 1
      from partner before
     where before.tenant_id = $1 and before.partner_id = $2 and before.manager_id <> $5
       and o.tenant_id = $1 and o.lead_partner_id = $2 and o.partner_manager_id = before.manager_id
       and o.status in (1, 2) and o.resolved_at is null
    returning o.*
), passed_logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
    select tenant_id, 'opportunity.manager_changed', 'opportunity', opportunity_id, version, opportunity_id,
           lead_partner_id, to_jsonb(passed)
      from passed
)
select version from changed;

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
