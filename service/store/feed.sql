-- columns: feed_plain
f.number, f.sequence, f.id, f.kind, f.aggregate, f.aggregate_version, f.effective_at, f.recorded_at, f.subject, f.after,
f.people, f.partners, f.stages, f.stages_before, f.opportunity, f.attribution, f.status, f.vendor_stage, f.partner_stage,
f.crm_source, f.external_id;

-- name: feed_page
-- After the place $2, oldest first; $3 narrows to a type, $4 to a deal. The page is chosen before anything is looked up for it.
with page as materialized (
    select o.event_id
      from outbox o
      join event e on e.tenant_id = o.tenant_id and e.event_id = o.event_id
     where o.tenant_id = $1 and o.number > $2
       and ($3::text is null or e.kind = $3)
       and ($4::uuid is null or o.opportunity_id = (select deal.opportunity_id from opportunity deal
                                                     where deal.tenant_id = $1 and deal.id = $4::uuid))
     order by o.number
     limit $5
)
select :feed_plain, f.before, f.registration, f.registration_external_id, f.registration_state
  from page
  join feed_sheet f on f.tenant_id = $1 and f.event_id = page.event_id
 order by f.number;

-- name: feed_enter
-- A job's scope in one tenant: it sees every partner, acts as nobody, and its cause is said. $2: microseconds of a moved clock.
-- Planned for the size that tables have now: a plan kept from an empty outbox would read all of it for each of its rows.
select set_config('tandem.tenant', $1::int4::text, true),
       set_config('tandem.now', (clock_timestamp() + $2::int8 * interval '1 microsecond')::text, true),
       set_config('tandem.today', current_date::text, true),
       set_config('tandem.cause', 'delivery', true),
       set_config('tandem.person', '', true),
       set_config('tandem.acting_for', '', true),
       set_config('tandem.partners', '*', true),
       set_config('plan_cache_mode', 'force_custom_plan', true);

-- name: feed_waiting_tenants
-- Who has events without a place. The function looks across tenants, as the owner, and tells nothing but their ids.
select tenant_id from outbox_tenants() as waiting (tenant_id);

-- name: feed_head_make
insert into feed_head (tenant_id) values ($1) on conflict do nothing;

-- name: feed_lock
-- One at a time gives places; no row: another one does. A statement of its own, so that what follows sees all that the
-- last holder gave.
select number from feed_head where tenant_id = $1 for update skip locked;

-- name: feed_extend
-- Gives places to what is seen and has none, $2 at most, in the order in which the events were written.
with head as (
    select number from feed_head where tenant_id = $1
), waiting as (
    select w.event_id, w.opportunity_id
      from outbox w
     where w.tenant_id = $1 and w.number is null
     order by w.event_id
     limit $2
), reached as (
    select deal.opportunity_id,
           (select max(s.sequence) from outbox s
             where s.tenant_id = $1 and s.opportunity_id = deal.opportunity_id and s.sequence is not null) as sequence
      from (select distinct w.opportunity_id from waiting w where w.opportunity_id is not null) deal
), placed as (
    select w.event_id, w.opportunity_id,
           head.number + row_number() over (order by w.event_id) as number,
           coalesce(reached.sequence, 0) + row_number() over (partition by w.opportunity_id order by w.event_id) as own
      from waiting w
     cross join head
      left join reached on reached.opportunity_id = w.opportunity_id
), numbered as (
    update outbox o
       set number = placed.number, sequence = case when placed.opportunity_id is not null then placed.own end
      from placed
     where o.tenant_id = $1 and o.event_id = placed.event_id
 returning o.number
), moved as (
    update feed_head set number = (select max(number) from placed)
     where tenant_id = $1 and exists (select from placed)
)
select count(*) as count, coalesce(min(number), 0) as first, coalesce(max(number), 0) as last from numbered;

-- name: feed_end
select coalesce((select h.number from feed_head h where h.tenant_id = $1), 0) as number;
