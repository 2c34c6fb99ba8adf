-- What CRMs have said: each event once by its key, as it came, with what became of it. A job applies it in a transaction
-- of its own; a claim on it is a lease, so that a job that dies loses nothing.

create table inbox (
    tenant_id       int4 not null references tenant,
    inbox_id        int8 generated always as identity,
    id              uuid not null default uuid7(),
    crm_source_id   int8 not null,
    form            int2 not null check (form between 1 and 4), -- hubspot, change_data_capture, outbound_message, generic
    dedupe_key      text not null collate "C",
    payload         jsonb not null, -- a JSON string: what was no event of the form, as it came
    received_at     timestamptz not null default tandem_now(),
    clock_offset_us int8 not null default 0, -- of the request that brought it: it is applied under the same clock
    state           int2 not null default 1 check (state between 1 and 5), -- received, applied, superseded, ignored, parked
    reason          text,  -- why it is ignored, superseded or parked
    attempts        int4 not null default 0,
    leased_until    timestamptz, -- by the clock of the database
    settled_at      timestamptz,
    version         int4 not null default 1,
    primary key (tenant_id, inbox_id),
    constraint inbox_public_id unique (tenant_id, id),
    constraint inbox_once unique (tenant_id, crm_source_id, dedupe_key),
    constraint inbox_settled_whole check ((state = 1) = (settled_at is null)),
    constraint inbox_aside_with_reason check (state not in (4, 5) or reason is not null),
    foreign key (tenant_id, crm_source_id) references crm_source
);
call tenant_table('inbox', :'daemon_role', 'select, insert, update');
create index inbox_waiting on inbox (tenant_id, inbox_id) where state = 1;
create index inbox_parked on inbox (tenant_id, inbox_id) where state = 5;
