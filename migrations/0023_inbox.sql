-- What CRMs have said: each event once by its key, as it came, with what became of it. A job applies it in a transaction
-- of its own; a claim on it is a lease, so that a job that dies loses nothing.

create table inbox (
    tenant_id       int4 not null references tenant,
    inbox_id        int8 generated always as identity,
    id              uuid not null default uuid7(),
    crm_source_id   int8 not null,
    form            int2 not null check (form between 1 and 4), -- hubspot, change_data_capture, outbound_message, generic
    dedupe_key      text not null collate "C" check (octet_length(dedupe_key) <= 500),
    payload         jsonb not null, -- a JSON string: what was no event of the form, as it came
    received_at     timestamptz not null default tandem_now(),
    clock_offset_us int8 not null default 0, -- of the request that brought it: it is applied under the same clock
    state           int2 not null default 1 check (state between 1 and 5), -- received, applied, superseded, ignored, parked
    reason          int2 check (reason between 1 and 10), -- why it is superseded, ignored or parked
    problem         text, -- of what a rule refused: the problem's code
    detail          text, -- and its words; of an unreadable value: which
    attempts        int4 not null default 0,
    leased_until    timestamptz, -- by the clock of the database; a claim counts as an attempt before the work begins
    settled_at      timestamptz,
    version         int4 not null default 1,
    primary key (tenant_id, inbox_id),
    constraint inbox_public_id unique (tenant_id, id),
    constraint inbox_once unique (tenant_id, crm_source_id, dedupe_key),
    constraint inbox_settled_whole check ((state = 1) = (settled_at is null)),
    constraint inbox_aside_with_reason check ((state in (3, 4, 5)) = (reason is not null)),
    constraint inbox_refused_by_a_problem check ((reason is not distinct from 10) = (problem is not null)),
    foreign key (tenant_id, crm_source_id) references crm_source
);
call tenant_table('inbox', :'daemon_role', 'select, insert, update');
-- What is settled is kept for 14 days, of all tenants; what is parked stays until somebody has looked. CRMs repeat for three days at
-- most (HubSpot tries for a day, Salesforce keeps change events for 72 hours), and what comes after that is known by crm_value.
create function inbox_sweep() returns int8
language sql volatile security definer set search_path = pg_catalog, public
begin atomic
    with old as (
        select tenant_id, inbox_id from inbox
         where state in (2, 3, 4) and settled_at < clock_timestamp() - interval '14 days'
         limit 10000
    ), swept as (
        delete from inbox i using old where i.tenant_id = old.tenant_id and i.inbox_id = old.inbox_id returning 1
    )
    select count(*) from swept;
end;
revoke execute on function inbox_sweep() from public;
grant execute on function inbox_sweep() to :daemon_role;
create index inbox_settled on inbox (settled_at) where state in (2, 3, 4);
create index inbox_waiting on inbox (tenant_id, crm_source_id, inbox_id) where state = 1;

-- A deal as a CRM knows it, from its first event on: what is known of it may not be enough for a deal yet.
create table crm_object (
    tenant_id         int4 not null,
    crm_object_id     int8 generated always as identity,
    crm_source_id     int8 not null,
    external_id       text not null collate "C",
    made_deal         boolean not null default false, -- the deal came into being from here: its times are the CRM's
    missing           text,           -- what it lacks to be a deal; null: it is one
    unmapped_stage    text,           -- its newest words that nobody has said the meaning of
    unmapped_owner    text,
    unmapped_category text,
    partner           text,           -- its newest word for a partner
    due               boolean not null default false, -- the maps have changed since
    merged_into_id    int8,           -- the object that it is, always the last one; null: it stands
    told_at           timestamptz not null default tandem_now(),
    primary key (tenant_id, crm_object_id),
    constraint crm_object_once unique (tenant_id, crm_source_id, external_id),
    foreign key (tenant_id, crm_source_id) references crm_source,
    foreign key (tenant_id, merged_into_id) references crm_object (tenant_id, crm_object_id),
    constraint crm_object_not_merged_into_itself check (merged_into_id <> crm_object_id)
);
call tenant_table('crm_object', :'daemon_role', 'select, insert, update');
create index crm_object_open on crm_object (tenant_id, crm_source_id)
    where missing is not null or unmapped_stage is not null or unmapped_owner is not null or unmapped_category is not null
       or partner is not null;

create index crm_object_merged on crm_object (tenant_id, merged_into_id) where merged_into_id is not null;

-- Every value that a CRM has told of a field, in the CRM's own order: what holds is a fold over them, so that neither the
-- order nor the number of deliveries matters.
create table crm_value (
    tenant_id     int4 not null,
    crm_value_id  int8 generated always as identity,
    crm_object_id int8 not null,
    field         int2 not null,
    value         text,          -- null: cleared
    occurred_at   timestamptz not null,
    order_major   int8 not null, -- the commit's number, else the instant
    order_minor   int8 not null,
    tie           text not null collate "C", -- the event's key; `before`: what the deal said before the CRM's first one
    primary key (tenant_id, crm_value_id),
    constraint crm_value_once unique (tenant_id, crm_object_id, field, order_major, order_minor, tie),
    foreign key (tenant_id, crm_object_id) references crm_object
);
call tenant_table('crm_value', :'daemon_role', 'select, insert');

-- Sources with something to apply, of all tenants: the service may not look across them, so this runs as the owner.
create function crm_work() returns table (tenant text, subject text, crm_source_id int8)
language sql stable security definer set search_path = pg_catalog, public
begin atomic
    select t.key, p.subject, s.crm_source_id
      from crm_source s
      join tenant t on t.tenant_id = s.tenant_id
      join person p on p.tenant_id = s.tenant_id and p.person_id = s.person_id
     where exists (select from inbox i
                    where i.tenant_id = s.tenant_id and i.crm_source_id = s.crm_source_id and i.state = 1
                      and (i.leased_until is null or i.leased_until < clock_timestamp()))
        or exists (select from crm_object o
                    where o.tenant_id = s.tenant_id and o.crm_source_id = s.crm_source_id
                      and (o.unmapped_stage is not null or o.unmapped_owner is not null or o.unmapped_category is not null)
                      and (o.due or exists (select from person known
                                             where known.tenant_id = o.tenant_id and known.active and known.partner_ids = '{}'
                                               and known.crm_owner_ids @> array[o.unmapped_owner])));
end;
revoke execute on function crm_work() from public;
grant execute on function crm_work() to :daemon_role;
