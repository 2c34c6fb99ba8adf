-- columns: webhook_shown
w.webhook_endpoint_id, w.id, w.url, to_jsonb(w.types) as types, w.state, w.disabled_reason, w.disabled_at, w.created_at,
w.version, s.previous_until,
(select jsonb_agg(p.id order by p.partner_id) from partner p
  where p.tenant_id = w.tenant_id and p.partner_id = any (w.partner_ids)) as partners;

-- name: webhook_insert
-- $4: int8[] literal of a portal's partners; null for the tenant's own.
with made as (
    insert into webhook_endpoint (tenant_id, url, types, partner_ids) values ($1, $2, $3::text[], $4::int8[])
 returning *
), kept as (
    insert into webhook_secret (tenant_id, webhook_endpoint_id, secret)
    select tenant_id, webhook_endpoint_id, $5 from made
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, after)
    select tenant_id, 'webhook_endpoint.created', 'webhook_endpoint', webhook_endpoint_id, version, to_jsonb(made) from made
)
select id from made;

-- name: webhook_find
select :webhook_shown
  from webhook_endpoint w
  join webhook_secret s on s.tenant_id = w.tenant_id and s.webhook_endpoint_id = w.webhook_endpoint_id
 where w.tenant_id = $1 and w.id = $2 and w.state <> 3;

-- name: webhook_lock
select webhook_endpoint_id, state, version from webhook_endpoint
 where tenant_id = $1 and id = $2 and state <> 3 for update;

-- name: webhook_list
-- Newest first; $2 is the id after which the page starts.
select :webhook_shown
  from webhook_endpoint w
  join webhook_secret s on s.tenant_id = w.tenant_id and s.webhook_endpoint_id = w.webhook_endpoint_id
 where w.tenant_id = $1 and w.state <> 3 and ($2::uuid is null or w.id < $2::uuid)
 order by w.id desc
 limit $3;

-- name: webhook_set_state
-- $3 1: active again, 2: disabled for the reason $4, 3: deleted, and its secrets with it. Nothing when it is so already.
with changed as (
    update webhook_endpoint
       set state = $3::int2, disabled_reason = $4, disabled_at = case when $3::int2 = 2 then tandem_now() end,
           version = version + 1
     where tenant_id = $1 and webhook_endpoint_id = $2 and state <> $3::int2 and state <> 3
 returning *
), forgotten as (
    update webhook_secret s set secret = null, previous = null, previous_until = null
      from changed
     where s.tenant_id = $1 and s.webhook_endpoint_id = changed.webhook_endpoint_id and changed.state = 3
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, after)
select tenant_id, case state when 1 then 'webhook_endpoint.enabled' when 2 then 'webhook_endpoint.disabled'
                             else 'webhook_endpoint.deleted' end,
       'webhook_endpoint', webhook_endpoint_id, version, to_jsonb(changed)
  from changed;

-- name: webhook_rotate
-- A new secret; the one before it signs too for $4 hours.
with changed as (
    update webhook_endpoint set version = version + 1 where tenant_id = $1 and webhook_endpoint_id = $2
 returning *
), rotated as (
    update webhook_secret s
       set previous = case when $4::int4 > 0 then s.secret end,
           previous_until = case when $4::int4 > 0 then tandem_now() + $4::int4 * interval '1 hour' end, secret = $3
     where s.tenant_id = $1 and s.webhook_endpoint_id = $2
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, after)
select tenant_id, 'webhook_endpoint.secret_rotated', 'webhook_endpoint', webhook_endpoint_id, version, to_jsonb(changed)
  from changed;

-- name: webhook_test
-- Due at once, by the real clock: a moved one of the caller's must not put it off.
insert into webhook_delivery (tenant_id, webhook_endpoint_id, note, number, line, due_at)
values ($1, $2, $3, 0, 'test/' || uuid7(), clock_timestamp())
returning id;

-- name: delivery_list
-- Newest first, with every attempt; $3 narrows to a state, $4 is the id after which the page starts.
select d.id, coalesce(e.id, d.id) as event, coalesce(e.kind, 'webhook.test') as type, o.id as opportunity, d.state,
       d.created_at, d.finished_at, case when d.state = 1 then d.due_at end as due_at,
       (select json_agg(json_build_object('attempted_at', a.attempted_at::text, 'status', a.status, 'error', a.error,
                                          'duration_ms', a.duration_ms)
                        order by a.number)
          from webhook_attempt a
         where a.tenant_id = d.tenant_id and a.webhook_delivery_id = d.webhook_delivery_id) as attempts,
       w.id as endpoint
  from webhook_endpoint w
  left join webhook_delivery d on d.tenant_id = w.tenant_id and d.webhook_endpoint_id = w.webhook_endpoint_id
        and ($3::int2 is null or d.state = $3::int2) and ($4::uuid is null or d.id < $4::uuid)
  left join event e on e.tenant_id = d.tenant_id and e.event_id = d.event_id
  left join opportunity o on o.tenant_id = e.tenant_id and o.opportunity_id = e.opportunity_id
 where w.tenant_id = $1 and w.id = $2 and w.state <> 3
 order by d.id desc
 limit $5;

-- name: delivery_again
-- A new round for the deliveries $3, whatever became of them; one that is under way goes on.
update webhook_delivery d
   set state = 1, tries = 0, round_at = clock_timestamp(), due_at = clock_timestamp(), finished_at = null
 where d.tenant_id = $1 and d.webhook_endpoint_id = $2 and d.id = any ($3::uuid[])
returning d.id;

-- name: webhook_fan_out
-- One delivery for each endpoint that wants the event, of the places $2 to $3. A disabled endpoint's wait for it. A portal's
-- endpoint gets what names a partner that the portal had then and has still.
insert into webhook_delivery (tenant_id, webhook_endpoint_id, event_id, number, line, due_at)
select o.tenant_id, w.webhook_endpoint_id, o.event_id, o.number,
       coalesce('opportunity/' || o.opportunity_id, e.aggregate || '/' || e.aggregate_id), tandem_now()
  from outbox o
  join event e on e.tenant_id = o.tenant_id and e.event_id = o.event_id
  join webhook_endpoint w on w.tenant_id = o.tenant_id and w.state <> 3
  join person p on p.tenant_id = w.tenant_id and p.person_id = w.creator_id
 where o.tenant_id = $1 and o.number between $2 and $3
   and (w.types = '{}' or e.kind = any (w.types) or split_part(e.kind, '.', 1) || '.*' = any (w.types))
   and (w.partner_ids is null
        or e.partner_id = any (w.partner_ids) and e.partner_id = any (p.partner_ids) and p.active)
 order by o.number;

-- name: webhook_due_tenants
-- $1: microseconds of a moved clock. The function looks across tenants, as the owner, and tells nothing but their ids.
select tenant_id
  from webhook_tenants(clock_timestamp() + $1::int8 * interval '1 microsecond') as due (tenant_id);

-- name: delivery_claim
-- Leases what is due for $3 seconds: at most $2 of each endpoint under way at once, $4 in all. Of a line only the first that
-- is not finished; those behind it wait for it.
with due as (
    select head.webhook_delivery_id
      from webhook_endpoint w
     cross join lateral (
            select d.webhook_delivery_id
              from webhook_delivery d
             where d.tenant_id = $1 and d.webhook_endpoint_id = w.webhook_endpoint_id and d.state = 1
               and d.due_at <= tandem_now() and coalesce(d.lease_until, tandem_now()) <= tandem_now()
               and (w.state = 1 or d.note is not null)
               and not exists (select from webhook_delivery b
                                where b.tenant_id = $1 and b.webhook_endpoint_id = w.webhook_endpoint_id and b.state = 1
                                  and b.line = d.line and b.number < d.number)
             order by d.due_at, d.number
             limit greatest(0, $2::int8 - (select count(*) from webhook_delivery l
                                            where l.tenant_id = $1 and l.webhook_endpoint_id = w.webhook_endpoint_id
                                              and l.state = 1 and l.lease_until > tandem_now()))
               for update of d skip locked) head
     where w.tenant_id = $1 and w.state <> 3
     limit $4
)
update webhook_delivery d
   set lease = d.lease + 1, lease_until = tandem_now() + $3::int4 * interval '1 second'
  from due
 where d.tenant_id = $1 and d.webhook_delivery_id = due.webhook_delivery_id
returning d.webhook_delivery_id;

-- name: delivery_sheet
-- All that a leased delivery needs; nothing when its endpoint has been deleted since the lease. A portal gets no image and
-- no registration that is not its partner's, and nothing at all (withdrawn) of a partner that it has lost.
select d.webhook_delivery_id, d.webhook_endpoint_id, d.id as delivery, d.lease, d.tries, d.round_at, d.note,
       d.created_at as delivery_created_at, w.state as endpoint_state,
       w.url, w.partner_ids is not null as reduced, s.secret,
       w.partner_ids is not null
           and (not p.active or d.event_id is not null and f.partner_id <> all (p.partner_ids)) as withdrawn,
       case when s.previous_until > tandem_now() then s.previous end as previous,
       :feed_plain,
       case when w.partner_ids is null or f.before_partner_id = f.partner_id then f.before end as before,
       case when w.partner_ids is null or f.registration_partner_id = f.partner_id then f.registration end
           as registration,
       f.registration_external_id, f.registration_state
  from webhook_delivery d
  join webhook_endpoint w on w.tenant_id = d.tenant_id and w.webhook_endpoint_id = d.webhook_endpoint_id
  join webhook_secret s on s.tenant_id = d.tenant_id and s.webhook_endpoint_id = d.webhook_endpoint_id
  join person p on p.tenant_id = w.tenant_id and p.person_id = w.creator_id
  left join feed_sheet f on f.tenant_id = d.tenant_id and f.event_id = d.event_id
 where d.tenant_id = $1 and d.webhook_delivery_id = any ($2::int8[]) and w.state <> 3;

-- name: delivery_delivered_since
select exists (select from webhook_delivery d
                where d.tenant_id = $1 and d.webhook_endpoint_id = $2 and d.state = 2 and d.finished_at >= $3) as delivered;

-- name: delivery_record
-- What became of an attempt, by whoever still holds the lease $3: the state $4, and when pending, the next try in $5 seconds.
with done as (
    update webhook_delivery d
       set state = $4::int2, attempts = attempts + 1, tries = tries + 1, lease_until = null,
           due_at = case when $4::int2 = 1 then tandem_now() + $5::int8 * interval '1 second' else due_at end,
           finished_at = case when $4::int2 <> 1 then tandem_now() end
     where d.tenant_id = $1 and d.webhook_delivery_id = $2 and d.lease = $3 and d.state = 1
 returning d.tenant_id, d.webhook_delivery_id, d.attempts
)
insert into webhook_attempt (tenant_id, webhook_delivery_id, number, status, error, duration_ms)
select tenant_id, webhook_delivery_id, attempts, $6, $7, $8 from done
returning number;
