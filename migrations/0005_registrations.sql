-- Accounts as the comparison sees them, what sellers did there, and who registered first.

create table account (
    tenant_id  int4 not null references tenant,
    account_id int8 generated always as identity,
    id         uuid not null,
    name       text not null check (name <> ''),
    name_key   text not null collate "C",
    country    text collate "C" check (country ~ '^[A-Z]{2}$'),
    has_domain boolean not null,
    normaliser int2 not null, -- version of the code that made name_key
    aliases    text[] not null default '{}', -- further names, under which it is found as well
    alias_keys text[] not null default '{}',
    merged_into_id int8, -- it is that account: found under its name, and never shown in a list
    parent_id  int8, -- never in a circle: account_ancestors asks under the tenant's lock
    version    int4 not null default 1,
    created_at timestamptz not null default tandem_now(),
    primary key (tenant_id, account_id),
    constraint account_public_id unique (tenant_id, id),
    constraint account_not_its_own_parent check (parent_id <> account_id),
    constraint account_not_merged_into_itself check (merged_into_id <> account_id),
    foreign key (tenant_id, merged_into_id) references account (tenant_id, account_id),
    foreign key (tenant_id, parent_id) references account (tenant_id, account_id)
);
call tenant_table('account', :'daemon_role', 'select, insert, update');
create index account_by_name_key on account (tenant_id, name_key);
create index account_by_alias_key on account using gin (alias_keys) with (fastupdate = off);
create index account_by_id_order on account (tenant_id, id desc);

-- A name and what is left of it without one of its letters, as hashes: names that are one slip apart (a letter changed,
-- left out, added, two swapped) have one of these in common, whatever their length. Digits tell companies apart and are
-- never left out. The tenant is in the hash, so that one never meets another's. PL/pgSQL keeps its plan; a function of
-- language sql would be planned for each row.
create function name_neighbours(tenant_id int4, name_key text) returns int8[]
language plpgsql immutable strict parallel safe as $$
declare
    near int8[] := array[hashtextextended(name_key, tenant_id)];
begin
    for n in 1..char_length(name_key) loop
        if substr(name_key, n, 1) !~ '[0-9]' then
            near := near || hashtextextended(left(name_key, n - 1) || substr(name_key, n + 1), tenant_id);
        end if;
    end loop;
    return near;
end $$;
create function alias_neighbours(tenant_id int4, alias_keys text[]) returns int8[]
language plpgsql immutable strict parallel safe as $$
declare
    near int8[] := '{}';
    alias_key text;
begin
    foreach alias_key in array alias_keys loop
        near := near || name_neighbours(tenant_id, alias_key);
    end loop;
    return near;
end $$;
-- without a pending list: how long a search takes does not tell what was submitted just before
create index account_by_neighbours on account using gin (name_neighbours(tenant_id, name_key)) with (fastupdate = off);
create index account_by_alias_neighbours on account using gin (alias_neighbours(tenant_id, alias_keys))
    with (fastupdate = off) where alias_keys <> '{}';
create unique index account_name_without_domain on account (tenant_id, name_key, coalesce(country, ''))
    where not has_domain and merged_into_id is null;

create table account_domain (
    tenant_id         int4 not null,
    account_domain_id int8 generated always as identity,
    account_id        int8 not null,
    domain            text not null collate "C", -- registrable, A-labels
    normaliser        int2 not null,
    version           int4 not null default 1,
    primary key (tenant_id, account_domain_id),
    constraint account_domain_unique unique (tenant_id, domain),
    foreign key (tenant_id, account_id) references account
);
call tenant_table('account_domain', :'daemon_role', 'select, insert, update');
create index account_domain_of_account on account_domain (tenant_id, account_id);

-- An account with its names, domains and parent, as answers show it.
create view account_shown with (security_invoker) as
select a.tenant_id, a.account_id, a.id, a.name, a.name_key, a.country, to_jsonb(a.aliases) as aliases, a.alias_keys,
       known.domains, parent.id as parent, parent.name as parent_name, merged.id as merged_into,
       merged.name as merged_into_name, a.created_at, a.version
  from account a
  left join account merged on merged.tenant_id = a.tenant_id and merged.account_id = a.merged_into_id
  left join account parent on parent.tenant_id = a.tenant_id and parent.account_id = a.parent_id
 cross join lateral (select coalesce(jsonb_agg(d.domain order by d.account_domain_id), '[]') as domains
                       from account_domain d
                      where d.tenant_id = a.tenant_id and d.account_id = a.account_id) known;
grant select on account_shown to :daemon_role;

create table engagement (
    tenant_id      int4 not null,
    engagement_id  int8 generated always as identity,
    id             uuid not null,
    account_id     int8 not null,
    product_family text not null collate "C",
    engaged_at     timestamptz not null,
    activity_id    text not null collate "C" check (activity_id <> ''), -- the CRM's proof that it happened
    recorded_at    timestamptz not null default tandem_now(),
    version        int4 not null default 1,
    primary key (tenant_id, engagement_id),
    constraint engagement_activity_once unique (tenant_id, account_id, product_family, activity_id),
    foreign key (tenant_id, account_id) references account
);
call tenant_table('engagement', :'daemon_role', 'select, insert, update');
create index engagement_first on engagement (tenant_id, account_id, product_family, engaged_at);

create table registration (
    tenant_id         int4 not null references tenant,
    registration_id   int8 generated always as identity,
    id                uuid not null,
    partner_id        int8 not null,
    account_id        int8 not null,
    product_family    text not null collate "C",
    external_id       text collate "C",
    content_hash      text not null collate "C", -- of what the partner sent: tells a repeat from another payload
    state             int2 not null check (state between 1 and 6),
    submitted_at      timestamptz not null default tandem_now(), -- the server's stamp
    respond_by        timestamptz not null,
    responded_at      timestamptz,
    customer_name     text not null,
    customer_domains  text[] not null, -- as sent
    customer_country  text,
    contact_name      text, -- null: erased
    contact_email     text, -- null: erased
    need              text not null,
    amount_minor      int8 check (abs(amount_minor) <= 9007199254740991),
    currency          text,
    close_date        date,
    partner_rep_name  text, -- null: erased
    partner_rep_email text, -- null: erased
    submitted_by      int8 not null,
    acting_for        jsonb, -- {name, email} behind a portal
    verdict           int2 not null check (verdict between 1 and 4), -- of the newest check
    verdict_rule      text not null,
    conflict_with     jsonb not null default '[]', -- for the vendor: what it conflicts with
    decided_by        int8,
    reason_code       int2,
    reason            text,
    resolution        int2 check (resolution between 1 and 3), -- not_same, linked, other_closed: of what was not clear
    resolution_reason text,
    approved_at       timestamptz,
    protected_until   timestamptz,
    protection_over   boolean not null default false, -- it had ended when its account was merged: it stands against nobody
    protection        tstzrange generated always as (case when protected_until is not null
                                                          then tstzrange(approved_at, protected_until) end) stored,
    opportunity_id    int8,
    change_fields     int4,    -- bits of enum registration_field: what the partner may change
    change_text       text,
    change_is_correction boolean, -- the stamp is kept even when the customer changes
    expires_at        timestamptz, -- when the changes have not come by then; nobody writes that it has expired
    personal_salt     uuid not null default gen_random_uuid(),
    personal_digest   text generated always as (personal_digest(personal_salt,
        array[contact_name, contact_email, partner_rep_name, partner_rep_email, acting_for::text])) stored,
    updated_at        timestamptz not null default tandem_now(),
    version           int4 not null default 1,
    primary key (tenant_id, registration_id),
    constraint registration_public_id unique (tenant_id, id),
    constraint registration_external_id unique (tenant_id, partner_id, external_id),
    foreign key (tenant_id, partner_id) references partner,
    foreign key (tenant_id, account_id) references account,
    foreign key (tenant_id, submitted_by) references person,
    foreign key (tenant_id, decided_by) references person,
    constraint registration_amount_with_currency check ((amount_minor is null) = (currency is null)),
    -- one that was linked to a deal of its own right protects nothing
    constraint registration_approved_whole check ((state = 3) = (approved_at is not null and opportunity_id is not null)
        and (protected_until is not null) = (state = 3 and resolution is distinct from 2)),
    constraint registration_resolution_whole check ((resolution is null) = (resolution_reason is null)
        and (resolution is null or state = 3)),
    constraint registration_approved_clear check (state <> 3 or verdict = 1 or resolution is not null),
    constraint registration_changes_whole check (state <> 2 or (change_fields is not null and change_text is not null
        and change_is_correction is not null and expires_at is not null)),
    constraint registration_rejected_with_reason check (state <> 4 or (reason_code is not null and reason is not null)),
    -- of two approvals for one account and family exactly one wins
    constraint registration_protected_once exclude using gist
        (tenant_id with =, account_id with =, product_family with =, protection with &&)
        where (state = 3 and not protection_over)
);
call tenant_table('registration', :'daemon_role', 'select, insert, update', 'partner_id');
create index registration_of_account on registration (tenant_id, account_id, product_family) where state in (1, 2, 3);
create index registration_of_day on registration (tenant_id, partner_id, submitted_at);
create index registration_of_contact on registration (tenant_id, lower(contact_email));
create index registration_of_rep on registration (tenant_id, lower(partner_rep_email));
create index registration_of_acting_for on registration (tenant_id, lower(acting_for ->> 'email'))
    where acting_for is not null;
create index registration_by_id_order on registration (tenant_id, id desc);
create index registration_by_external_id on registration (tenant_id, external_id) where external_id is not null;
