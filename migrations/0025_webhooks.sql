-- Webhook endpoints and what is delivered to them. An endpoint is a row that follows from its events like any other; its
-- secrets stand beside it, in no event (decision 0012). A delivery is leased while it is under way and never locked, so that a
-- sink that stalls holds nothing; a lease that ran out belongs to whoever died with it.

create table webhook_endpoint (
    tenant_id           int4 not null references tenant,
    webhook_endpoint_id int8 generated always as identity,
    id                  uuid not null default uuid7(),
    url                 text not null check (url ~ '^https?://'),
    types               text[] not null default '{}', -- which events: claim.signed, claim.*; none: all
    partner_ids         int8[], -- a portal's: its partners then; null: the tenant's own
    creator_id          int8 not null default tandem_person(),
    state               int2 not null default 1 check (state between 1 and 3), -- active, disabled, deleted
    disabled_reason     text check (disabled_reason in ('gone', 'exhausted')),
    disabled_at         timestamptz,
    created_at          timestamptz not null default tandem_now(),
    version             int4 not null default 1,
    primary key (tenant_id, webhook_endpoint_id),
    constraint webhook_endpoint_public_id unique (tenant_id, id),
    constraint webhook_endpoint_disabled_whole check ((state = 2) = (disabled_reason is not null)
        and (state = 2) = (disabled_at is not null)),
    foreign key (tenant_id, creator_id) references person (tenant_id, person_id)
);
call tenant_table('webhook_endpoint', :'daemon_role', 'select, insert, update');
-- A portal sees its own endpoints, and no other portal of the same partner does.
create policy own_rows on webhook_endpoint as restrictive using (
    current_setting('tandem.partners') = '*' or creator_id = tandem_person());

create table webhook_secret (
    tenant_id           int4 not null,
    webhook_endpoint_id int8 not null,
    secret              text, -- whsec_...; null once the endpoint is deleted
    previous            text, -- signs too until then
    previous_until      timestamptz,
    primary key (tenant_id, webhook_endpoint_id),
    foreign key (tenant_id, webhook_endpoint_id) references webhook_endpoint,
    constraint webhook_secret_previous_whole check ((previous is null) = (previous_until is null))
);
call tenant_table('webhook_secret', :'daemon_role', 'select, insert, update');

create table webhook_delivery (
    tenant_id           int4 not null,
    webhook_delivery_id int8 generated always as identity,
    id                  uuid not null default uuid7(),
    webhook_endpoint_id int8 not null,
    event_id            int8, -- null: a test
    note                text, -- of a test
    number              int8 not null, -- the event's place in the feed
    line                text not null collate "C", -- what is delivered one after the other: a deal
    state               int2 not null default 1 check (state between 1 and 3), -- pending, delivered, failed
    attempts            int4 not null default 0, -- of all rounds
    tries               int4 not null default 0, -- of this round: the place in the schedule
    round_at            timestamptz not null default tandem_now(),
    due_at              timestamptz not null,
    lease               int4 not null default 0, -- counts: an answer of an older one is not taken
    lease_until         timestamptz,
    created_at          timestamptz not null default tandem_now(),
    finished_at         timestamptz,
    primary key (tenant_id, webhook_delivery_id),
    constraint webhook_delivery_public_id unique (tenant_id, id),
    constraint webhook_delivery_once unique (tenant_id, webhook_endpoint_id, event_id),
    constraint webhook_delivery_finished_whole check ((state = 1) = (finished_at is null)),
    constraint webhook_delivery_test_whole check ((event_id is null) = (note is not null)),
    foreign key (tenant_id, webhook_endpoint_id) references webhook_endpoint
);
call tenant_table('webhook_delivery', :'daemon_role', 'select, insert, update');
create index webhook_delivery_due on webhook_delivery (tenant_id, webhook_endpoint_id, due_at) where state = 1;
create index webhook_delivery_line on webhook_delivery (tenant_id, webhook_endpoint_id, line, number) where state = 1;
create index webhook_delivery_newest on webhook_delivery (tenant_id, webhook_endpoint_id, id desc);

create table webhook_attempt (
    tenant_id           int4 not null,
    webhook_delivery_id int8 not null,
    number              int4 not null,
    attempted_at        timestamptz not null default tandem_now(),
    status              int4, -- the sink's answer; null: none came
    error               text, -- one word of ours; null: taken
    duration_ms         int4 not null,
    primary key (tenant_id, webhook_delivery_id, number),
    foreign key (tenant_id, webhook_delivery_id) references webhook_delivery
);
call tenant_table('webhook_attempt', :'daemon_role', 'select, insert');

-- Tenants with a delivery that is due: the service may not look across tenants, so this runs as the owner.
create function webhook_tenants(at timestamptz) returns table (tenant_id int4)
language sql stable security definer set search_path = pg_catalog, public
begin atomic
    select t.tenant_id from tenant t
     where exists (select from webhook_endpoint w
                     join webhook_delivery d on d.tenant_id = w.tenant_id and d.webhook_endpoint_id = w.webhook_endpoint_id
                    where w.tenant_id = t.tenant_id and (w.state = 1 or w.state = 2 and d.note is not null)
                      and d.state = 1 and d.due_at <= at and coalesce(d.lease_until, at) <= at);
end;
revoke execute on function webhook_tenants(timestamptz) from public;
grant execute on function webhook_tenants(timestamptz) to :daemon_role;
