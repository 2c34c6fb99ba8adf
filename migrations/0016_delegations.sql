-- A duty to sign, lent for dates. Only the duty moves: whose it is, the window and the two different people stay.

create table delegation (
    tenant_id     int4 not null references tenant,
    delegation_id int8 generated always as identity,
    id            uuid not null,
    person_id     int8 not null, -- whose duty it is
    delegate_id   int8 not null,
    duty          int2 not null check (duty between 1 and 2), -- to sign as ae, as partner_manager
    from_on       date not null, -- days of the tenant, both included
    to_on         date not null,
    days          daterange generated always as (daterange(from_on, to_on, '[]')) stored,
    active        boolean not null default true, -- false: ended before its last day
    created_at    timestamptz not null default tandem_now(),
    version       int4 not null default 1,
    primary key (tenant_id, delegation_id),
    constraint delegation_public_id unique (tenant_id, id),
    constraint delegation_to_another check (delegate_id <> person_id),
    constraint delegation_ends_after_it_begins check (to_on >= from_on),
    constraint delegation_once exclude using gist
        (tenant_id with =, person_id with =, duty with =, days with &&) where (active),
    foreign key (tenant_id, person_id) references person (tenant_id, person_id),
    foreign key (tenant_id, delegate_id) references person (tenant_id, person_id)
);
call tenant_table('delegation', :'daemon_role', 'select, insert, update');
create index delegation_of_delegate on delegation (tenant_id, delegate_id) where active;
