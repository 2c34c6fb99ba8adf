-- The append-only log: every accepted change is an event with who, why, when it was true and when it was recorded, and
-- the whole row after it. Current rows are its projection (tandem doctor --rebuild-check).

create table event (
    tenant_id         int4 not null references tenant,
    event_id          int8 generated always as identity,
    id                uuid not null default uuid7(),
    kind              text not null collate "C" check (kind ~ '^[a-z_]+\.[a-z_]+$'), -- opportunity.stage_advanced
    aggregate         text not null collate "C", -- the table
    aggregate_id      int8 not null,             -- its internal id
    aggregate_version int4 not null,
    opportunity_id    int8,                      -- whose history it belongs to
    partner_id        int8,                      -- which partner may read it; null: the vendor alone
    actor_id          int8 default tandem_person(),
    cause             text not null default tandem_cause(), -- api, confirmation_link, import, demonstration, tenant_create
    acting_for        jsonb default tandem_acting_for(), -- {name, email} behind a portal
    reason            text,
    effective_at      timestamptz not null default tandem_now(), -- business time
    recorded_at       timestamptz not null default tandem_now(),
    xid               xid8 not null default pg_current_xact_id(),
    after             jsonb not null,
    primary key (tenant_id, event_id),
    -- one event per version of a row: two writers cannot both make version 7
    constraint event_version_once unique (tenant_id, aggregate, aggregate_id, aggregate_version)
);
call tenant_table('event', :'daemon_role', 'select, insert');
create index event_of_opportunity on event (tenant_id, opportunity_id, event_id) where opportunity_id is not null;

-- Personal data stays out of what is kept for ever, whoever writes the event: an image holds the digest of them.
create function event_without_personal_members() returns trigger language plpgsql as $$
begin
    new.after := new.after - personal_members(new.aggregate);
    return new;
end $$;
create trigger event_without_personal_members before insert on event for each row
    when (new.aggregate in ('person', 'registration', 'evidence')) execute function event_without_personal_members();
-- who stood behind a portal is a column beside the image, so that it can be blanked
create index event_acting_for on event (tenant_id, lower(acting_for ->> 'email')) where acting_for is not null;

-- Answers kept for the senders who repeat themselves. Rows older than a day are swept.
create table idempotency (
    tenant_id    int4 not null references tenant,
    subject      text not null collate "C",
    method       text not null collate "C",
    path         text not null collate "C",
    key          text not null collate "C",
    request_hash text not null collate "C",
    status       int2 not null check (status between 200 and 299),
    etag         text,
    location     text,
    body         text not null,
    created_at   timestamptz not null default clock_timestamp(),
    constraint idempotency_key primary key (tenant_id, subject, method, path, key)
);
call tenant_table('idempotency', :'daemon_role', 'select, insert, delete');
create index idempotency_age on idempotency (created_at);

-- Stored answers older than a day, of all tenants: the service may not look across them, so this runs as the owner.
create function idempotency_sweep() returns int8
language sql volatile security definer set search_path = pg_catalog, public
begin atomic
    with swept as (delete from idempotency where created_at < clock_timestamp() - interval '24 hours' returning 1)
    select count(*) from swept;
end;
revoke execute on function idempotency_sweep() from public;
grant execute on function idempotency_sweep() to :daemon_role;
