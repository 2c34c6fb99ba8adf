-- Tenants, and the ground that every other table stands on: who asks, about which tenant, at which instant.
-- Row security reads the settings that scope_enter makes for each transaction; without them every query is an error.
-- :daemon_role is the role of the running service: it owns nothing and cannot change the schema.

create extension if not exists btree_gist;

grant usage on schema public to :daemon_role;

-- A name of pg_timezone_names, letter by letter. The view reads some thousand files; one name is one file. What has
-- digits may be a formula of POSIX (EST5), which is no name: there the view decides.
create function time_zone_known(zone text) returns boolean language plpgsql set timezone from current as $$
begin
    perform set_config('TimeZone', zone, true); -- takes a name in capitals too, and then has it as it is written
    return current_setting('TimeZone') = zone
       and (zone !~ '\d' or exists (select from pg_timezone_names where name = zone));
exception when invalid_parameter_value then
    return false;
end $$;

create table tenant (
    tenant_id          int4 generated always as identity primary key,
    key                text not null collate "C" unique check (key ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
    name               text not null check (name <> ''),
    currency           text not null check (currency ~ '^[A-Z]{3}$'),
    amount_basis       text not null default 'ACV' check (amount_basis <> ''),
    time_zone          text not null,
    fiscal_start_month int2 not null default 1 check (fiscal_start_month between 1 and 12),
    go_live_at         timestamptz not null,
    created_at         timestamptz not null default clock_timestamp()
);
grant select on tenant to :daemon_role; -- no row security, and read-only to the service

-- The settings of the current transaction. A missing or empty one cannot be cast: an error, never a wrong neighbour.
create function tandem_tenant() returns int4 language sql stable parallel safe
    return current_setting('tandem.tenant')::int4;
create function tandem_now() returns timestamptz language sql stable parallel safe
    return current_setting('tandem.now')::timestamptz;
create function tandem_today() returns date language sql stable parallel safe
    return current_setting('tandem.today')::date;
create function tandem_person() returns int8 language sql stable parallel safe
    return nullif(current_setting('tandem.person'), '')::int8;
-- {name, email} of who is behind a portal, once its operation has said so; events only.
create function tandem_acting_for() returns jsonb language sql stable parallel safe
    return nullif(current_setting('tandem.acting_for', true), '')::jsonb;
create function tandem_cause() returns text language sql stable parallel safe
    return current_setting('tandem.cause');
-- true when the caller may see rows of this partner: '*' is everybody on the vendor's side and the machines.
-- A case, not an "or": the planner takes an "or" of settings for a filter that leaves almost nothing, and then reads a
-- whole period by nested loops.
create function tandem_sees_partner(partner_id int8) returns boolean language sql stable parallel safe
    return case when current_setting('tandem.partners') = '*' then true
                else partner_id = any (current_setting('tandem.partners')::int8[]) end;
-- the same of a row that belongs to several partners
create function tandem_sees_partner(partner_ids int8[]) returns boolean language sql stable parallel safe
    return case when current_setting('tandem.partners') = '*' then true
                else partner_ids && current_setting('tandem.partners')::int8[] end;
-- true when the caller may read who a person is: a partner knows the vendor's people and its own
create function tandem_knows_person(partner_ids int8[]) returns boolean language sql stable parallel safe
    return case when current_setting('tandem.partners') = '*' then true
                else partner_ids = '{}' or partner_ids && current_setting('tandem.partners')::int8[] end;

-- What stands for personal members in an image of a row: their hash under a salt that is the row's own. The salt and the
-- members are outside the image and may be blanked; what is left then tells nothing.
create function personal_digest(salt uuid, members text[]) returns text
    language sql immutable parallel safe
    return encode(sha256(convert_to(salt::text || array_to_json(members)::text, 'UTF8')), 'hex');
-- The members of a table's rows that no image holds.
create function personal_members(aggregate text) returns text[]
    language sql immutable parallel safe
    return case aggregate
        when 'person' then '{personal_salt,subject,name,email,crm_owner_ids}'
        when 'registration' then '{personal_salt,contact_name,contact_email,partner_rep_name,partner_rep_email,acting_for}'
        when 'evidence' then '{personal_salt,body}'
        else '{}' end::text[];

-- UUIDv7: public ids that sort by time.
create function uuid7() returns uuid language sql volatile parallel safe as $$
    select encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
               placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::int8) from 3)
               from 1 for 6), 52, 1), 53, 1), 'hex')::uuid
$$;

-- The habit of every table that belongs to a tenant: row security by tenant, and where a partner may look, by partner.
-- `verbs` is what the service may do; nothing is ever deleted.
create procedure tenant_table(name regclass, daemon_role text, verbs text, partner_column text default null)
language plpgsql as $$
begin
    execute format('alter table %s enable row level security', name);
    execute format('create policy tenant_rows on %s using (tenant_id = tandem_tenant()%s)', name,
        case when partner_column is null then ''
             else format(' and tandem_sees_partner(%I)', partner_column) end);
    execute format('grant %s on %s to %I', verbs, name, daemon_role);
end $$;
