-- name: target_find
-- The version in force of a period and class.
select t.period, t.class, t.target_version, t.amount_minor, t.currency, t.set_at, p.id as person, p.name as person_name,
       t.period || '/' || t.class as key
  from target t
  join person p on p.tenant_id = t.tenant_id and p.person_id = t.set_by
 where t.tenant_id = $1 and t.period = $2 and t.class = $3
 order by t.target_version desc
 limit 1;

-- name: target_insert
with made as (
    insert into target (tenant_id, period, class, target_version, amount_minor, currency, set_by)
    values ($1, $2, $3, $4, $5, $6, tandem_person())
 returning *
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, after)
select tenant_id, 'target.set', 'target', target_id, 1, to_jsonb(made) from made;

-- name: target_list
-- The versions in force, by period and class; $2 narrows to a period, $3 is the key of the page before.
select t.period, t.class, t.target_version, t.amount_minor, t.currency, t.set_at, p.id as person, p.name as person_name,
       t.period || '/' || t.class as key
  from target t
  join person p on p.tenant_id = t.tenant_id and p.person_id = t.set_by
 where t.tenant_id = $1 and t.period = coalesce($2, t.period)
   and t.period || '/' || t.class > coalesce($3, '')
   and not exists (select from target newer where newer.tenant_id = t.tenant_id and newer.period = t.period
                      and newer.class = t.class and newer.target_version > t.target_version)
 order by t.period || '/' || t.class
 limit $4;
