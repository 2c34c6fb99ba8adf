-- name: delegation_lock
select d.delegation_id, d.version
  from delegation d
 where d.tenant_id = $1 and d.person_id = $2 and d.id = $3
   for update;

-- name: delegation_conflict
-- A deal with a claim that waits for the duty ($2: 1 as ae, 2 as partner_manager) of $3, whose other signer is $4.
select o.id
  from claim c
  join opportunity o on o.tenant_id = c.tenant_id and o.opportunity_id = c.opportunity_id
  join partner p on p.tenant_id = c.tenant_id and p.partner_id = c.partner_id
 where c.tenant_id = $1 and tandem_now() <= c.deadline_at and o.status in (1, 2) and o.resolved_at is null
   and case $2::int2 when 1 then o.owner_id = $3 and p.manager_id = $4
                     else p.manager_id = $3 and o.owner_id = $4 end
   and not exists (select from signoff s
                    where s.tenant_id = c.tenant_id and s.claim_id = c.claim_id
                      and s.claim_version = c.claim_version and s.role = $2)
 order by o.opportunity_id
 limit 1;

-- name: delegation_insert
with made as (
    insert into delegation (tenant_id, id, person_id, delegate_id, duty, from_on, to_on, active)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
    returning *
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, after)
select tenant_id, 'delegation.created', 'delegation', delegation_id, version, to_jsonb(made) from made;

-- name: delegation_replace
with changed as (
    update delegation
       set delegate_id = $3, duty = $4, from_on = $5, to_on = $6, active = $7, version = version + 1
     where tenant_id = $1 and delegation_id = $2
    returning *
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, after)
select tenant_id, case when active then 'delegation.replaced' else 'delegation.ended' end, 'delegation', delegation_id,
       version, to_jsonb(changed)
  from changed;

-- name: delegation_by_id
select d.id, p.id as person, p.name as person_name, o.id as delegate, o.name as delegate_name, d.duty, d.from_on, d.to_on,
       d.active, d.version
  from delegation d
  join person p on p.tenant_id = d.tenant_id and p.person_id = d.person_id
  join person o on o.tenant_id = d.tenant_id and o.person_id = d.delegate_id
 where d.tenant_id = $1 and d.id = $2;

-- name: delegation_of_signer
-- What the owner ($2) and the partner's manager ($3) have lent to the caller for today.
select coalesce(bool_or(d.duty = 1 and d.person_id = $2), false) as for_owner,
       coalesce(bool_or(d.duty = 2 and d.person_id = $3), false) as for_manager
  from delegation d
 where d.tenant_id = $1 and d.delegate_id = tandem_person() and d.active
   and tandem_today() between d.from_on and d.to_on;
