-- CRM sources: which CRM speaks under which address, how it signs, and what its words mean here. Secrets are files of the
-- machine; only their names stand here.

create table crm_source (
    tenant_id        int4 not null references tenant,
    crm_source_id    int8 generated always as identity,
    id               uuid not null,
    source           text not null collate "C" check (source <> ''), -- what opportunity.crm_source says
    kind             int2 not null check (kind between 1 and 3),     -- hubspot, salesforce, generic
    person_id        int8 not null, -- in whose name its changes are made
    secret_current   text not null check (secret_current ~ '^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$'),
    secret_previous  text check (secret_previous ~ '^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$'),
    public_url       text not null check (public_url ~ '^https://'),
    currency         text not null,
    object_types     text[] not null default '{}', -- which of its objects are deals; empty: those of the kind
    fields           jsonb not null default '[]',  -- [{property, field}] beside those of the kind
    stages           jsonb not null default '[]',  -- [{value, stage, outcome}]
    categories       jsonb not null default '[]',  -- [{value, category}]
    partners         jsonb not null default '[]',  -- [{value, partner_id}]: only compared, a CRM attributes nothing
    integration_user text,                         -- whose changes in the CRM are our own
    version          int4 not null default 1,
    created_at       timestamptz not null default tandem_now(),
    primary key (tenant_id, crm_source_id),
    constraint crm_source_name_unique unique (tenant_id, source),
    foreign key (tenant_id, person_id) references person (tenant_id, person_id)
);
call tenant_table('crm_source', :'daemon_role', 'select, insert, update');
-- One address in the whole service: a CRM names no tenant, so its source must.
create unique index crm_source_address on crm_source (id);

-- Whose address it is and which files verify what comes there: asked before the tenant is known, so as the owner.
create function crm_source_of(public_id uuid, offset_us int8)
returns table (tenant_id int4, tenant text, subject text, crm_source_id int8, kind int2, secret_current text,
               secret_previous text, public_url text, now_at timestamptz)
language sql stable security definer set search_path = pg_catalog, public
begin atomic
    select s.tenant_id, t.key, p.subject, s.crm_source_id, s.kind, s.secret_current, s.secret_previous, s.public_url,
           clock_timestamp() + offset_us * interval '1 microsecond'
      from crm_source s
      join tenant t on t.tenant_id = s.tenant_id
      join person p on p.tenant_id = s.tenant_id and p.person_id = s.person_id
     where s.id = public_id;
end;
revoke execute on function crm_source_of(uuid, int8) from public;
grant execute on function crm_source_of(uuid, int8) to :daemon_role;
