-- What a tenant decides about itself, in versions that are never changed: policy, stage model, targets.

create table policy (
    tenant_id               int4 not null references tenant,
    policy_id               int8 generated always as identity,
    policy_version          int4 not null,
    effective_at            timestamptz not null,
    created_at              timestamptz not null default tandem_now(),
    set_by                  int8, -- null: the defaults of a new tenant
    work_week               int2 not null check (work_week between 1 and 127), -- bit set of 1 << weekday, Monday 0
    holidays                jsonb not null check (jsonb_typeof(holidays) = 'array'), -- [{date, name}], by date
    window_hours            int4 not null check (window_hours > 0),
    protection_days         int4 not null check (protection_days > 0),
    protection_extension_days int4 not null check (protection_extension_days > 0), -- at each confirmed advance
    respond_business_days   int4 not null check (respond_business_days > 0),
    proposal_days           int4 not null check (proposal_days > 0),
    stale_hours             int4 not null check (stale_hours > 0),
    stalled_days            int4 not null check (stalled_days > 0),
    backdated_business_days int4 not null check (backdated_business_days >= 0),
    changes_business_days   int4 not null check (changes_business_days > 0), -- asked of a registration
    extension_days_max      int4 not null check (extension_days_max > 0),    -- of a protection, by hand
    submissions_per_day     int4 not null check (submissions_per_day >= 0),  -- of one partner; 0 = no cap
    sourced_rule_version    int4 not null,
    commit_basis_points     int4 not null check (commit_basis_points between 0 and 10000),
    best_case_basis_points  int4 not null check (best_case_basis_points between 0 and 10000),
    pipeline_basis_points   int4 not null check (pipeline_basis_points between 0 and 10000),
    coverage_low_percent    int4 not null check (coverage_low_percent > 0),
    coverage_high_percent   int4 not null,
    primary key (tenant_id, policy_id),
    constraint policy_version_once unique (tenant_id, policy_version),
    foreign key (tenant_id, set_by) references person (tenant_id, person_id),
    check (coverage_high_percent >= coverage_low_percent),
    check (commit_basis_points >= best_case_basis_points and best_case_basis_points >= pipeline_basis_points)
);
call tenant_table('policy', :'daemon_role', 'select, insert');

-- The versions that were, are or will be in force: one that was replaced before its day had come never is. What was in
-- force at an instant that has passed does not change any more: a version is set for the future only.
create view policy_course with (security_invoker) as
    select p.* from policy p
     where p.tenant_id = tandem_tenant()
       and not exists (select from policy newer where newer.tenant_id = p.tenant_id
                          and newer.policy_version > p.policy_version and newer.created_at < p.effective_at);
grant select on policy_course to :daemon_role;

-- The policy in force at the transaction's instant.
create view policy_now with (security_invoker) as
    select p.* from policy_course p
     where p.effective_at <= tandem_now()
     order by p.effective_at desc, p.policy_version desc limit 1;
grant select on policy_now to :daemon_role;

-- What a simulation proposes for its own transaction in place of what is in force; nothing else sets it.
create function tandem_proposed(member text, in_force int4) returns int4 language sql stable parallel safe
    return coalesce(nullif(current_setting('tandem.proposed_' || member, true), '')::int4, in_force);

create table stage_model (
    tenant_id     int4 not null references tenant,
    model_version int4 not null,
    created_at    timestamptz not null default tandem_now(),
    constraint stage_model_version_once primary key (tenant_id, model_version)
);
call tenant_table('stage_model', :'daemon_role', 'select, insert');

create table stage (
    tenant_id     int4 not null,
    model_version int4 not null,
    number        int2 not null check (number between 1 and 9),
    key           text not null collate "C",
    name          text not null,
    rollup        int2 not null check (rollup between 1 and 5),
    ceiling       int2 not null check (ceiling between 1 and 5), -- omitted .. closed
    primary key (tenant_id, model_version, number),
    unique (tenant_id, model_version, key),
    foreign key (tenant_id, model_version) references stage_model
);
call tenant_table('stage', :'daemon_role', 'select, insert');

create table criterion (
    tenant_id     int4 not null,
    model_version int4 not null,
    stage_number  int2 not null,
    position      int2 not null,
    key           text not null collate "C",
    name          text not null,
    type          int2 not null check (type between 1 and 6), -- document people checklist date statement computed
    needs         int4 not null default 0, -- what the evidence must hold: bits of domain/evidence.h
    primary key (tenant_id, model_version, key),
    unique (tenant_id, model_version, stage_number, position),
    foreign key (tenant_id, model_version, stage_number) references stage
);
call tenant_table('criterion', :'daemon_role', 'select, insert');

-- What a unit of another currency is worth in units of the reporting currency, from a day on until the next dated one.
-- A correction is a version; the newest is in force.
create table rate (
    tenant_id    int4 not null references tenant,
    rate_id      int8 generated always as identity,
    currency     text not null collate "C" check (currency ~ '^[A-Z]{3}$'),
    rated_on     date not null,
    rate_version int4 not null,
    rate         numeric not null check (rate > 0),
    minor_rate   numeric not null check (minor_rate > 0), -- the same between the minor units of both currencies
    set_by       int8 not null,
    set_at       timestamptz not null default tandem_now(),
    primary key (tenant_id, rate_id),
    constraint rate_version_once unique (tenant_id, currency, rated_on, rate_version),
    foreign key (tenant_id, set_by) references person (tenant_id, person_id)
);
call tenant_table('rate', :'daemon_role', 'select, insert');

create table target (
    tenant_id      int4 not null references tenant,
    target_id      int8 generated always as identity,
    period         text not null collate "C",
    class          int2 not null check (class between 1 and 4),
    target_version int4 not null,
    amount_minor   int8 not null check (amount_minor > 0 and amount_minor <= 9007199254740991),
    currency       text not null,
    set_by         int8 not null,
    set_at         timestamptz not null default tandem_now(),
    primary key (tenant_id, target_id),
    constraint target_version_once unique (tenant_id, period, class, target_version),
    foreign key (tenant_id, set_by) references person (tenant_id, person_id)
);
call tenant_table('target', :'daemon_role', 'select, insert');
