-- name: crm_object_make
insert into crm_object (tenant_id, crm_source_id, external_id, missing)
values ($1, $2, $3, 'name')
    on conflict on constraint crm_object_once do nothing;

-- name: crm_object_lock
-- A statement of its own: whoever waits here reads afterwards what the other transaction committed.
select o.crm_object_id, o.made_deal, not exists (select from crm_value v
                                                  where v.tenant_id = o.tenant_id and v.crm_object_id = o.crm_object_id) as is_new,
       (select m.external_id from crm_object m where m.tenant_id = $1 and m.crm_object_id = o.merged_into_id) as merged_into,
       exists (select from crm_object m where m.tenant_id = $1 and m.merged_into_id = o.crm_object_id) as has_merged
  from crm_object o
 where o.tenant_id = $1 and o.crm_source_id = $2 and o.external_id = $3
   for update;

-- name: crm_deal_of
-- The deal that the CRM's id means ($2 the source's key, $3 the id), with its close date. `leads`: it is the deal's first
-- id, so that this CRM owns fields of it.
select o.opportunity_id, o.id, o.close_date::text as close_date, o.created_at, true as leads
  from crm_source s
  join opportunity o on o.tenant_id = s.tenant_id and o.crm_source = s.source and o.external_id = $3
 where s.tenant_id = $1 and s.crm_source_id = $2
 union all
select o.opportunity_id, o.id, o.close_date::text, o.created_at, false
  from crm_source s
  join crm_link l on l.tenant_id = s.tenant_id and l.crm_source = s.source and l.external_id = $3
  join opportunity o on o.tenant_id = l.tenant_id and o.opportunity_id = l.opportunity_id
 where s.tenant_id = $1 and s.crm_source_id = $2;

-- name: crm_value_insert
-- Values of one event, each once by its key ($8); how many are the newest of their field, and the first
-- row of them.
with made as (
    insert into crm_value (tenant_id, crm_object_id, field, value, occurred_at, order_major, order_minor, tie)
    select $1, $2, g.field, g.value, $5, $6, $7, $8
      from unnest($3::int8[], $4::text[]) as g (field, value)
        on conflict on constraint crm_value_once do nothing
    returning crm_value_id, field, order_major, order_minor, tie
)
select min(crm_value_id) as first,
       count(*) filter (where not exists (
           select from crm_value newer
            where newer.tenant_id = $1 and newer.crm_object_id = $2 and newer.field = made.field
              and (newer.order_major, newer.order_minor, newer.tie) > (made.order_major, made.order_minor, made.tie))) as newest
  from made;

-- name: crm_values
-- All that was told of an object ($2) and of what was merged into it, in the CRM's order; what is new begins with the row $3.
select v.crm_object_id, v.field, v.value,
       case when v.field = 18 then (select i.crm_object_id from crm_object i
                                     where i.tenant_id = $1 and i.crm_source_id = o.crm_source_id and i.external_id = v.value) end as into, v.occurred_at, (v.occurred_at at time zone t.time_zone)::date as occurred_on,
       case when v.field = 4 then case when length(v.value) = 10 then v.value::date
                                       else (v.value::timestamptz at time zone t.time_zone)::date end end as value_on,
       case when v.field = 6 then (select p.person_id from person p
                                    where p.tenant_id = $1 and p.active and p.crm_owner_ids @> array[v.value]
                                      and p.partner_ids = '{}'
                                    limit 1) end as person,
       coalesce(v.crm_value_id >= $3::int8, false) as is_new
  from crm_object o
  join crm_value v on v.tenant_id = o.tenant_id and v.crm_object_id = o.crm_object_id
  join tenant t on t.tenant_id = v.tenant_id
 where o.tenant_id = $1 and (o.crm_object_id = $2 or o.merged_into_id = $2)
 order by v.order_major, v.order_minor, v.field, v.tie, v.crm_value_id;

-- name: crm_object_merge
-- $2 is $3 from now on, and whoever was merged into it before follows. What it lacked is no matter any more. $4: the deal
-- that came into being from it is that one's.
with gone as (
    update crm_object
       set merged_into_id = $3, missing = null, unmapped_stage = null, unmapped_owner = null, unmapped_category = null,
           partner = null, due = false, told_at = tandem_now()
     where tenant_id = $1 and (crm_object_id = $2 or merged_into_id = $2)
)
update crm_object
   set made_deal = made_deal or $4 and (select made_deal from crm_object where tenant_id = $1 and crm_object_id = $2)
 where tenant_id = $1 and crm_object_id = $3;

-- name: crm_object_lead
-- The deal ($2, internal id) is known by an object that was merged into $3: the one that stands leads from now on, and the id
-- that led is a further one.
with before as (
    select o.opportunity_id, o.crm_source, o.external_id, stands.external_id as stands
      from crm_object stands
      join crm_source s on s.tenant_id = $1 and s.crm_source_id = stands.crm_source_id
      join opportunity o on o.tenant_id = $1 and o.opportunity_id = $2 and o.crm_source = s.source
      join crm_object gone on gone.tenant_id = $1 and gone.merged_into_id = stands.crm_object_id
       and gone.external_id = o.external_id
     where stands.tenant_id = $1 and stands.crm_object_id = $3
), exchanged as (
    update crm_link l
       set external_id = b.external_id, version = l.version + 1
      from before b
     where l.tenant_id = $1 and l.opportunity_id = $2 and l.crm_source = b.crm_source and l.external_id = b.stands
    returning l.*
), added as (
    insert into crm_link (tenant_id, opportunity_id, crm_source, external_id)
    select $1, $2, b.crm_source, b.external_id
      from before b
     where not exists (select from crm_link l
                        where l.tenant_id = $1 and l.crm_source = b.crm_source and l.external_id = b.stands)
    returning *
), changed as (
    update opportunity o
       set external_id = b.stands, version = o.version + 1
      from before b
     where o.tenant_id = $1 and o.opportunity_id = $2
    returning o.*
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
select tenant_id, 'opportunity.linked', 'opportunity', opportunity_id, version, opportunity_id, lead_partner_id,
       to_jsonb(changed)
  from changed
 union all
select tenant_id, 'crm_link.moved', 'crm_link', crm_link_id, version, opportunity_id, null, to_jsonb(exchanged) from exchanged
 union all
select tenant_id, 'crm_link.created', 'crm_link', crm_link_id, version, opportunity_id, null, to_jsonb(added) from added;

-- name: crm_object_link
-- Ids of the object $3 and of what was merged into it that mean no deal yet are further ids of its deal ($2, internal id).
with unknown as (
    select s.source, o.external_id
      from crm_object o
      join crm_source s on s.tenant_id = $1 and s.crm_source_id = o.crm_source_id
     where o.tenant_id = $1 and (o.crm_object_id = $3 or o.merged_into_id = $3)
       and not exists (select from opportunity d
                        where d.tenant_id = $1 and d.crm_source = s.source and d.external_id = o.external_id)
       and not exists (select from crm_link l
                        where l.tenant_id = $1 and l.crm_source = s.source and l.external_id = o.external_id)
     order by o.external_id
), made as (
    insert into crm_link (tenant_id, opportunity_id, crm_source, external_id)
    select $1, $2, source, external_id from unknown
    returning *
), changed as (
    update opportunity
       set version = version + 1
     where tenant_id = $1 and opportunity_id = $2 and exists (select from made)
    returning *
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
select tenant_id, 'crm_link.created', 'crm_link', crm_link_id, version, opportunity_id, null, to_jsonb(made) from made
 union all
select tenant_id, 'opportunity.linked', 'opportunity', opportunity_id, version, opportunity_id, lead_partner_id,
       to_jsonb(changed)
  from changed;

-- name: crm_object_settle
update crm_object
   set made_deal = $3, missing = $4, unmapped_stage = $5, unmapped_owner = $6, unmapped_category = $7, partner = $8, due = false,
       told_at = tandem_now()
 where tenant_id = $1 and crm_object_id = $2;

-- name: crm_object_due
-- The next object of a source whose words have got a meaning since.
select o.external_id
  from crm_object o
 where o.tenant_id = $1 and o.crm_source_id = $2
   and (o.unmapped_stage is not null or o.unmapped_owner is not null or o.unmapped_category is not null)
   and (o.due or exists (select from person p where p.tenant_id = $1 and p.active
                            and p.partner_ids = '{}' and p.crm_owner_ids @> array[o.unmapped_owner]))
 order by o.crm_object_id
 limit 1;

-- name: crm_object_remap
-- The maps of a source ($2: its public id) have changed.
update crm_object o
   set due = true
  from crm_source s
 where s.tenant_id = $1 and s.id = $2 and o.tenant_id = $1 and o.crm_source_id = s.crm_source_id
   and (o.unmapped_stage is not null or o.unmapped_owner is not null or o.unmapped_category is not null);

-- name: crm_deal_dates
-- What the CRM alone says of a direct deal: creation ($3), account ($5) and family ($6); and of any the day ($4) on which it closed, if
-- it stands closed so ($7: won or lost, null: open). Null: as it is. Writes nothing where nothing differs.
with changed as (
    update opportunity o
       set created_at = case when o.attribution = 0 then coalesce($3, o.created_at) else o.created_at end,
           account_id = case when o.attribution = 0 then coalesce($5, o.account_id) else o.account_id end,
           product_family = case when o.attribution = 0 then coalesce($6, o.product_family) else o.product_family end,
           closed_on = case when coalesce(o.removed_status, o.status) = $7 then coalesce($4, o.closed_on) else o.closed_on end,
           version = version + 1
     where o.tenant_id = $1 and o.opportunity_id = $2
       and (o.attribution = 0 and (o.created_at <> coalesce($3, o.created_at) or o.account_id is distinct from coalesce($5, o.account_id)
                                   or o.product_family <> coalesce($6, o.product_family))
            or coalesce(o.removed_status, o.status) = $7 and o.closed_on <> coalesce($4, o.closed_on))
    returning *
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
    select tenant_id, 'opportunity.updated', 'opportunity', opportunity_id, version, opportunity_id, lead_partner_id,
           to_jsonb(changed)
      from changed
)
select count(*) as changed from changed;

-- name: crm_activity_known
select exists (select from engagement e where e.tenant_id = $1 and e.account_id = $2 and e.product_family = $3
                  and e.activity_id = $4) as known;

-- name: crm_cause
select set_config('tandem.cause', 'crm', true) as cause;

-- name: unmapped_page
-- Words without a meaning and what objects lack, with the objects that say so: ten of them by name. $2 the key of the page
-- before, $3 rows.
with open as (
    select o.crm_source_id, o.external_id, o.told_at, word.field, word.value
      from crm_object o
      join crm_source s on s.tenant_id = o.tenant_id and s.crm_source_id = o.crm_source_id
     cross join lateral (values ('stage', o.unmapped_stage), ('owner', o.unmapped_owner), ('category', o.unmapped_category),
                                ('partner', case when not s.partners @> jsonb_build_array(jsonb_build_object('value', o.partner))
                                                 then o.partner end),
                                ('missing', o.missing)) as word (field, value)
     where o.tenant_id = $1 and word.value is not null
       and (o.missing is not null or o.unmapped_stage is not null or o.unmapped_owner is not null
            or o.unmapped_category is not null or o.partner is not null)
), grouped as (
    select s.id as source_id, s.source, o.field, o.value, count(*) as deals, min(o.told_at) as since,
           to_json((array_agg(o.external_id order by o.external_id))[1:10])::text as external_ids,
           s.id || '/' || o.field || '/' || md5(o.value) as key
      from open o
      join crm_source s on s.tenant_id = $1 and s.crm_source_id = o.crm_source_id
     group by s.id, s.source, o.field, o.value
)
select source_id, source, field, value, deals, since, external_ids, key
  from grouped
 where key > coalesce($2, '')
 order by key
 limit $3;

-- name: drift_page
-- Open deals whose CRM says another roll-up stage than the lower side's, of those with a claim; or names a partner that has no
-- claim. $2 after, $3 rows.
with told as (
    select o.opportunity_id, p.id, p.name
      from crm_object c
      join crm_source s on s.tenant_id = c.tenant_id and s.crm_source_id = c.crm_source_id
     cross join lateral jsonb_to_recordset(s.partners) as word (value text, partner_id uuid)
      join partner p on p.tenant_id = c.tenant_id and p.id = word.partner_id
      join opportunity o on o.tenant_id = c.tenant_id and o.crm_source = s.source and o.external_id = c.external_id
     where c.tenant_id = $1 and c.partner is not null and word.value = c.partner and o.status = 1
       and not exists (select from claim k
                        where k.tenant_id = $1 and k.opportunity_id = o.opportunity_id and k.partner_id = p.partner_id)
)
select o.id, o.name, o.crm_source as source, o.external_id, o.crm_stage, vendor.key as vendor_key, vendor.rollup as vendor_rollup,
       partner.key as partner_key, partner.rollup as partner_rollup, told.id as crm_partner, told.name as crm_partner_name,
       coalesce((select json_agg(json_build_object('partner_id', p.id, 'name', p.name) order by c.claim_id)
                   from claim c
                   join partner p on p.tenant_id = c.tenant_id and p.partner_id = c.partner_id
                  where c.tenant_id = $1 and c.opportunity_id = o.opportunity_id), '[]')::text as claimed_by
  from opportunity o
  left join stage vendor on vendor.tenant_id = o.tenant_id and vendor.model_version = o.model_version
   and vendor.number = o.vendor_stage
  left join stage partner on partner.tenant_id = o.tenant_id and partner.model_version = o.model_version
   and partner.number = o.partner_stage
  left join told on told.opportunity_id = o.opportunity_id
 where o.tenant_id = $1 and o.status = 1
   and (o.crm_stage <> least(vendor.rollup, partner.rollup) or told.id is not null)
   and ($2::uuid is null or o.id < $2)
 order by o.id desc
 limit $3;
