-- Partners and people. Events hold a person's id, never the name, so that a name can be blanked later.

create table partner (
    tenant_id    int4 not null references tenant,
    partner_id   int8 generated always as identity,
    id           uuid not null,
    name         text not null check (name <> ''),
    program_type int2 not null check (program_type between 1 and 3), -- sourcing, influence, both
    manager_id   int8, -- the person who signs for this partner
    version      int4 not null default 1,
    created_at   timestamptz not null default tandem_now(),
    primary key (tenant_id, partner_id),
    constraint partner_public_id unique (tenant_id, id),
    constraint partner_name_unique unique (tenant_id, name)
);
call tenant_table('partner', :'daemon_role', 'select, insert, update', 'partner_id');

create table person (
    tenant_id     int4 not null references tenant,
    person_id     int8 generated always as identity,
    id            uuid not null,
    subject       text collate "C", -- null: known by name, bound to a login later
    name          text,             -- null: erased
    email         text,
    roles         int4 not null check (roles between 0 and 1023), -- bit set of 1 << role
    partner_ids   int8[] not null default '{}', -- own partner of a rep, listed partners of a portal
    crm_owner_ids text[] not null default '{}',
    active        boolean not null default true,
    erased_at     timestamptz,
    personal_salt uuid not null default gen_random_uuid(),
    personal_digest text generated always as
        (personal_digest(personal_salt, array[subject, name, email] || crm_owner_ids)) stored,
    version       int4 not null default 1,
    created_at    timestamptz not null default tandem_now(),
    primary key (tenant_id, person_id),
    constraint person_erased_whole check (erased_at is null or (subject is null and name is null and email is null
        and crm_owner_ids = '{}' and not active)),
    constraint person_public_id unique (tenant_id, id),
    constraint person_subject_unique unique (tenant_id, subject),
    -- roles: partner_rep is bit 0, prm_portal bit 9; the two sides never mix in one person
    constraint person_one_side check (roles & 513 = 0 or roles in (1, 512)),
    constraint person_rep_has_one_partner check (roles <> 1 or cardinality(partner_ids) = 1),
    constraint person_vendor_has_no_partner check (roles & 513 <> 0 or cardinality(partner_ids) = 0)
);
call tenant_table('person', :'daemon_role', 'select, insert, update');
create index person_by_email on person (tenant_id, lower(email));
create index person_by_crm_owner on person using gin (crm_owner_ids);

alter table partner add constraint partner_manager_exists
    foreign key (tenant_id, manager_id) references person (tenant_id, person_id);

-- Tells PostgreSQL who acts and when. Answers one row in any case; an unknown tenant or person leaves settings under
-- which the following statement sees nothing. A confirmation link (the hash of its token) names tenant and person by
-- itself; the other four are null or true then.
create function scope_enter(tenant_key text, caller_subject text, partner_side boolean, claimed_partner uuid,
                            offset_us int8, link_hash text default null)
returns table (tenant_id int4, person_id int8, person uuid, partners text, now_at timestamptz, today date,
               time_zone text, currency text, amount_basis text, fiscal_start_month int4, go_live_at timestamptz)
language plpgsql as $$
declare
    t tenant;
    p person;
    link_tenant int4;
    link_person int8;
begin
    if link_hash is null then
        select * into t from tenant where tenant.key = tenant_key;
    else
        select l.tenant_id, l.person_id into link_tenant, link_person from confirmation_link_of(link_hash) l;
        select * into t from tenant where tenant.tenant_id = link_tenant;
    end if;
    now_at := clock_timestamp() + offset_us * interval '1 microsecond';
    today := (now_at at time zone coalesce(t.time_zone, 'UTC'))::date;
    perform set_config('tandem.tenant', coalesce(t.tenant_id, 0)::text, true),
            set_config('tandem.now', now_at::text, true),
            set_config('tandem.today', today::text, true),
            set_config('tandem.cause', case when link_hash is null then 'api' else 'confirmation_link' end, true),
            set_config('tandem.person', '', true),
            set_config('tandem.acting_for', '', true),
            set_config('tandem.partners', '{}', true);
    if link_hash is null then
        select * into p from person
         where person.tenant_id = t.tenant_id and person.subject = caller_subject and person.active;
    else
        select * into p from person
         where person.tenant_id = t.tenant_id and person.person_id = link_person and person.active;
    end if;
    if p.person_id is not null and partner_side then
        -- a token that names a partner narrows the person's list to it; one not on the list leaves nothing
        partners := case when claimed_partner is null then p.partner_ids::text
                         else (select coalesce(array_agg(x.partner_id), '{}')::text
                                 from unnest(p.partner_ids) own
                                 join lateral (select o.partner_id from partner_of(claimed_partner) o) x
                                   on x.partner_id = own) end;
        if partners = '{}' then
            p.person_id := null;
        end if;
    elsif p.person_id is not null and cardinality(p.partner_ids) > 0 then
        p.person_id := null; -- a partner's person never acts with a role of another side
    else
        partners := '*';
    end if;
    if p.person_id is not null then
        perform set_config('tandem.person', p.person_id::text, true), set_config('tandem.partners', partners, true);
        person_id := p.person_id;
        person := p.id;
    else
        perform set_config('tandem.tenant', '0', true);
    end if;
    tenant_id := t.tenant_id;
    time_zone := t.time_zone;
    currency := t.currency;
    amount_basis := t.amount_basis;
    fiscal_start_month := t.fiscal_start_month;
    go_live_at := t.go_live_at;
    return next;
end $$;

-- A person with the public ids of the partners it acts for, in the order in which they were given.
create view person_shown with (security_invoker) as
select p.tenant_id, p.person_id, p.id, p.subject, p.name, p.email, p.roles,
       case when p.roles = 1 then own.ids[1] end as partner,
       to_jsonb(case when p.roles = 1 then '{}' else own.ids end) as partners,
       to_jsonb(p.crm_owner_ids) as crm_owner_ids, p.active, p.erased_at, p.version, own.ids as partner_ids
  from person p
 cross join lateral (select coalesce(array_agg(partner.id order by listed.place), '{}') as ids
                       from unnest(p.partner_ids) with ordinality as listed (partner_id, place)
                       join partner on partner.tenant_id = p.tenant_id and partner.partner_id = listed.partner_id) own;
grant select on person_shown to :daemon_role;

-- The internal id behind a partner's public id, for scope_enter: it runs before the partner setting is known.
create function partner_of(public_id uuid) returns table (partner_id int8)
language sql stable security definer set search_path = pg_catalog, public
begin atomic
    select p.partner_id from partner p where p.tenant_id = tandem_tenant() and p.id = public_id;
end;
revoke execute on function partner_of(uuid) from public;
grant execute on function partner_of(uuid) to :daemon_role;
