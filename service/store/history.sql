-- name: history_page
-- $2 the deal, $3 the event after which the page starts, $4 rows. Each event with the image before it, and the names
-- behind the internal ids of both.
select e.event_id,
       e.id,
       e.kind,
       e.cause,
       e.reason,
       e.acting_for,
       e.effective_at,
       e.recorded_at,
       e.aggregate,
       e.aggregate_version,
       actor.id as actor,
       actor.name as actor_name,
       coalesce(actor.roles, 0) as actor_roles,
       e.after,
       b.after as before,
       (select jsonb_object_agg(p.person_id, jsonb_build_object('person_id', p.id, 'name', p.name))
          from person p
         where p.tenant_id = $1 and tandem_knows_person(p.partner_ids)
           and p.person_id in (select v.value::int8
                                 from (values (e.after), (b.after)) image (row), jsonb_each_text(image.row) v
                                where v.key in ('owner_id', 'partner_manager_id', 'partner_rep_id', 'person_id',
                                                'for_person_id',
                                                'decided_by'))) as people,
       (select jsonb_object_agg(p.partner_id, jsonb_build_object('partner_id', p.id, 'name', p.name))
          from partner p
         where p.tenant_id = $1
           and p.partner_id in (select v.value::int8
                                  from (values (e.after), (b.after)) image (row), jsonb_each_text(image.row) v
                                 where v.key in ('lead_partner_id', 'partner_id'))) as partners,
       -- a stage is named by the model on which the deal stood in that image
       (select jsonb_object_agg(s.number, s.key)
          from stage s
         where s.tenant_id = $1 and s.model_version = (e.after ->> 'model_version')::int4) as stages,
       (select jsonb_object_agg(s.number, s.key)
          from stage s
         where s.tenant_id = $1 and s.model_version = (b.after ->> 'model_version')::int4) as stages_before
  from opportunity o
  -- with those that were merged into it; who reads the old one reads both
  cross join lateral (
        select m.opportunity_id from opportunity m where m.tenant_id = $1 and m.id = coalesce(o.merged_into, o.id)
         union all
        select m.opportunity_id from opportunity m
         where m.tenant_id = $1 and m.merged_into = coalesce(o.merged_into, o.id)) past
  join event e on e.tenant_id = o.tenant_id and e.opportunity_id = past.opportunity_id
  -- the one before it that the caller may read: another partner's doings leave no trace in this one's history
  left join lateral (select p.after
                       from event p
                      where p.tenant_id = e.tenant_id and p.aggregate = e.aggregate and p.aggregate_id = e.aggregate_id
                        and p.aggregate_version < e.aggregate_version
                      order by p.aggregate_version desc
                      limit 1) b on true
  left join person actor on actor.tenant_id = e.tenant_id and actor.person_id = e.actor_id
 where o.tenant_id = $1 and o.id = $2 and tandem_sees_partner(o.partner_ids)
   and e.event_id < $3
 order by e.event_id desc
 limit $4;
