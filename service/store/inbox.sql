-- name: inbox_insert
-- $4: a JSON array of events, with their keys ($5) and why one is set aside at once ($6, 0: it waits) in the same order.
-- What is there already stays as it is.
with given as (
    select e.payload, e.place from jsonb_array_elements($4::jsonb) with ordinality as e (payload, place)
), made as (
    insert into inbox (tenant_id, crm_source_id, form, dedupe_key, payload, clock_offset_us, state, reason, settled_at)
    select $1, $2, $3, k.key, g.payload, $7, case k.reason when 0 then 1 else 5 end, nullif(k.reason, 0),
           case when k.reason <> 0 then tandem_now() end
      from unnest($5::text[], $6::int8[]) with ordinality as k (key, reason, place)
      join given g on g.place = k.place
     order by k.place
        on conflict on constraint inbox_once do nothing
    returning state
)
select count(*) filter (where state = 1) as received, count(*) filter (where state = 5) as parked from made;

-- name: crm_work
-- Sources that have something to apply, of all tenants.
select tenant, subject, crm_source_id from crm_work();

-- name: inbox_claim
-- The next event of a source: its claim lasts $3 seconds and counts as an attempt, whatever becomes of the claimer. One
-- that has been attempted $4 times takes the service down with it, and is set aside ($5 why).
with next as (
    select inbox_id from inbox
     where tenant_id = $1 and crm_source_id = $2 and state = 1
       and (leased_until is null or leased_until < clock_timestamp())
     order by inbox_id
     limit 1
       for update skip locked
)
update inbox i
   set leased_until = clock_timestamp() + $3 * interval '1 second', attempts = i.attempts + 1,
       state = case when i.attempts < $4 then 1 else 5 end,
       reason = case when i.attempts >= $4 then $5::int2 end,
       settled_at = case when i.attempts >= $4 then tandem_now() end, version = i.version + 1
  from next
 where i.tenant_id = $1 and i.inbox_id = next.inbox_id
returning i.inbox_id, i.clock_offset_us, i.attempts, i.state;

-- name: inbox_take
-- A claimed event, locked. Its fields as texts, numbers in their own digits: of HubSpot the one property, of the others
-- the members that are no objects.
select i.form, i.dedupe_key, i.payload::text as payload, i.received_at,
       case i.form
         when 1 then jsonb_build_object(coalesce(i.payload ->> 'propertyName', ''), i.payload ->> 'propertyValue')
         else (select jsonb_object_agg(f.key, f.value #>> '{}')
                 from jsonb_each(case jsonb_typeof(given.fields) when 'object' then given.fields else '{}' end) as f
                where jsonb_typeof(f.value) not in ('object', 'array'))
       end::text as fields
  from inbox i
 cross join lateral (
       select case i.form when 2 then coalesce(i.payload -> 'data' -> 'payload', i.payload -> 'payload', i.payload)
                          when 3 then i.payload -> 'fields'
                          when 4 then i.payload -> 'data' -> 'properties' end as fields) given
 where i.tenant_id = $1 and i.inbox_id = $2 and i.state = 1
   for update of i;

-- name: inbox_settle
-- What is ignored may be about people who are no deal's: it is not kept. $4 reason, $5 problem, $6 its words.
update inbox
   set state = $3::int2, reason = $4, problem = $5, detail = $6, payload = case when $3::int2 = 4 then 'null' else payload end, settled_at = tandem_now(), leased_until = null, version = version + 1
 where tenant_id = $1 and inbox_id = $2 and state = 1;

-- name: inbox_put_off
-- A failure of ours: again after $3 seconds.
update inbox
   set leased_until = clock_timestamp() + $3 * interval '1 second', version = version + 1
 where tenant_id = $1 and inbox_id = $2 and state = 1;

-- name: inbox_page
-- $2 state, $3 source, $4 after, $5 rows.
select i.id, s.id as source_id, s.source, i.form, i.state, i.reason, i.problem, i.detail, i.attempts, i.dedupe_key, i.payload::text as payload,
       i.received_at, i.settled_at, i.version
  from inbox i
  join crm_source s on s.tenant_id = i.tenant_id and s.crm_source_id = i.crm_source_id
 where i.tenant_id = $1 and ($2::int2 is null or i.state = $2) and ($3::uuid is null or s.id = $3)
   and ($4::uuid is null or i.id < $4)
 order by i.id desc
 limit $5;

-- name: inbox_by_id
select i.id, s.id as source_id, s.source, i.form, i.state, i.reason, i.problem, i.detail, i.attempts, i.dedupe_key, i.payload::text as payload,
       i.received_at, i.settled_at, i.version
  from inbox i
  join crm_source s on s.tenant_id = i.tenant_id and s.crm_source_id = i.crm_source_id
 where i.tenant_id = $1 and i.id = $2
   for update of i;

-- name: inbox_retry
-- Who tried it again stands in the log, by the event's key; what it says does not.
with before as (
    select inbox_id, reason, problem from inbox where tenant_id = $1 and id = $2
), waiting as (
    update inbox
       set state = 1, reason = null, problem = null, detail = null, attempts = 0, settled_at = null, leased_until = null,
           version = version + 1
     where tenant_id = $1 and id = $2 and state = 5
    returning *
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, after)
select w.tenant_id, 'inbox.retried', 'inbox', w.inbox_id, w.version,
       jsonb_build_object('id', w.id, 'crm_source_id', w.crm_source_id, 'dedupe_key', w.dedupe_key, 'state', w.state,
                          'was_parked_for', b.reason, 'problem', b.problem)
  from waiting w
  join before b using (inbox_id);
