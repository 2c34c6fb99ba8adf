-- name: inbox_insert
-- $4: a JSON array of events, with their keys ($5) and why one is set aside at once ($6, null: it waits) in the same order.
-- What is there already stays as it is.
with given as (
    select e.payload, e.place from jsonb_array_elements($4::jsonb) with ordinality as e (payload, place)
), made as (
    insert into inbox (tenant_id, crm_source_id, form, dedupe_key, payload, clock_offset_us, state, reason, settled_at)
    select $1, $2, $3, k.key, g.payload, $7, case when k.reason is null then 1 else 5 end, k.reason,
           case when k.reason is not null then tandem_now() end
      from unnest($5::text[], $6::text[]) with ordinality as k (key, reason, place)
      join given g on g.place = k.place
     order by k.place
        on conflict on constraint inbox_once do nothing
    returning state
)
select count(*) filter (where state = 1) as received, count(*) filter (where state = 5) as parked from made;
