-- Confirmation links: how a partner without a login confirms. The token is the credential, so only its SHA-256 stands here.

create table confirmation_link (
    tenant_id            int4 not null references tenant,
    confirmation_link_id int8 generated always as identity,
    id                   uuid not null default uuid7(),
    token_hash           text not null collate "C" check (token_hash ~ '^[0-9a-f]{64}$'),
    opportunity_id       int8 not null,
    partner_id           int8 not null, -- the one that leads the deal
    person_id            int8 not null, -- who acts by it, and nobody else
    creator_id           int8 not null default tandem_person(),
    -- what is asked, as it stood: versions of evidence, and the proposal
    criteria             text[] not null,
    evidence_versions    int4[] not null,
    proposed_stage       int2,
    proposed_at          timestamptz,
    created_at           timestamptz not null default tandem_now(),
    expires_at           timestamptz not null, -- inclusive
    used_at              timestamptz,
    replaced_at          timestamptz, -- a newer link asks the same person for the same
    decision             int2 check (decision between 1 and 2), -- confirm, decline
    version              int4 not null default 1,
    primary key (tenant_id, confirmation_link_id),
    constraint confirmation_link_public_id unique (tenant_id, id),
    constraint confirmation_link_asks_something check (cardinality(criteria) > 0 or proposed_at is not null),
    constraint confirmation_link_versions check (cardinality(criteria) = cardinality(evidence_versions)),
    constraint confirmation_link_proposal_whole check ((proposed_at is null) = (proposed_stage is null)),
    constraint confirmation_link_days check (expires_at > created_at
        and expires_at <= created_at + interval '336 hours'),
    constraint confirmation_link_used_whole check ((used_at is null) = (decision is null)),
    constraint confirmation_link_used_or_replaced check (used_at is null or replaced_at is null),
    constraint confirmation_link_used_in_time check (used_at <= expires_at),
    foreign key (tenant_id, opportunity_id) references opportunity (tenant_id, opportunity_id),
    foreign key (tenant_id, partner_id) references partner (tenant_id, partner_id),
    foreign key (tenant_id, person_id) references person (tenant_id, person_id),
    foreign key (tenant_id, creator_id) references person (tenant_id, person_id)
);
call tenant_table('confirmation_link', :'daemon_role', 'select, insert, update', 'partner_id');
create unique index confirmation_link_by_token on confirmation_link (token_hash);

-- Whose link a token is, for scope_enter: it runs before the tenant is known, so as the owner. Nothing else is told.
create function confirmation_link_of(hash text) returns table (tenant_id int4, person_id int8)
language sql stable security definer set search_path = pg_catalog, public
begin atomic
    select l.tenant_id, l.person_id from confirmation_link l where l.token_hash = hash;
end;
revoke execute on function confirmation_link_of(text) from public;
grant execute on function confirmation_link_of(text) to :daemon_role;
