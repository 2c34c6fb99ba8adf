-- name: stage_model_find
-- One version ($2; null: the newest), a row for each criterion.
select m.model_version, m.created_at, s.number, s.key as stage, s.name as stage_name, s.rollup, s.ceiling,
       k.key as criterion, k.name as criterion_name, k.type, k.needs
  from stage_model m
  join stage s on s.tenant_id = m.tenant_id and s.model_version = m.model_version
  join criterion k on k.tenant_id = s.tenant_id and k.model_version = s.model_version and k.stage_number = s.number
 where m.tenant_id = $1
   and m.model_version = coalesce($2::int4, (select max(n.model_version) from stage_model n where n.tenant_id = $1))
 order by s.number, k.position;

-- name: stage_model_insert
with made as (
    insert into stage_model (tenant_id, model_version) values ($1, $2) returning *
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, after)
select tenant_id, 'stage_model.created', 'stage_model', model_version, 1, to_jsonb(made) from made;

-- name: stage_model_stage_insert
-- Stages and criteria have no identity of their own: version, number and position make one for the log.
with made as (
    insert into stage (tenant_id, model_version, number, key, name, rollup, ceiling)
    values ($1, $2, $3, $4, $5, $6, $7) returning *
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, after)
select tenant_id, 'stage.created', 'stage', model_version * 10 + number, 1, to_jsonb(made) from made;

-- name: stage_model_criterion_insert
with made as (
    insert into criterion (tenant_id, model_version, stage_number, position, key, name, type, needs)
    values ($1, $2, $3, $4, $5, coalesce($8, upper(left($5, 1)) || replace(substr($5, 2), '_', ' ')), $6, $7)
    returning *
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, after)
select tenant_id, 'criterion.created', 'criterion', (model_version * 10 + stage_number) * 100 + position, 1,
       to_jsonb(made)
  from made;
