-- Deals, claims on them with their two signatures, and the evidence on which a stage stands.

create table opportunity (
    tenant_id          int4 not null references tenant,
    opportunity_id     int8 generated always as identity,
    id                 uuid not null,
    account_id         int8,
    name               text not null check (name <> ''),
    product_family     text not null collate "C" default 'default',
    amount_minor       int8 check (abs(amount_minor) <= 9007199254740991),
    currency           text,
    close_date         date,
    owner_id           int8,
    partner_manager_id int8,
    partner_rep_id     int8,
    lead_partner_id    int8, -- confirms stages
    partner_ids        int8[] not null default '{}', -- of every claim: who sees the deal
    counting_claim     uuid, -- the one of its claims by which it is reported (claim_counting)
    attribution        int2 not null default 0 check (attribution between 0 and 2), -- that claim's value
    crm_source         text collate "C", -- with external_id: the CRM owns some of its fields
    external_id        text collate "C",
    crm_stage          int2 check (crm_stage between 1 and 5),
    category_call      int2 check (category_call between 1 and 4),
    next_step          text,
    model_version      int4,
    vendor_stage       int2,
    partner_stage      int2,
    stage_entered_at   timestamptz not null,
    -- one open proposal to advance; it raises neither side
    proposed_by_side   int2 check (proposed_by_side between 1 and 2),
    proposed_stage     int2,
    proposed_by        int8,
    proposed_at        timestamptz,
    proposal_days      int4 check (proposal_days > 0), -- x 24 h that it waits: the policy's when it was made
    created_at         timestamptz not null, -- business time: the CRM's own, else the approval
    refreshed_at       timestamptz not null,
    pushes             int4 not null default 0,
    status             int2 not null default 1 check (status between 1 and 4),
    closed_on          date,
    closed_at          timestamptz,
    reason_code        int2,
    resolved_at        timestamptz, -- attribution resolved
    outside_gates      boolean not null default false,
    backdated          boolean not null default false,
    grandfathered      boolean not null default false, -- history, loaded once with the attribution that was stated
    window_starts_at   timestamptz, -- of history: the go-live when it was loaded
    removed_status     int2 check (removed_status between 1 and 3), -- what it was before it was removed
    merged_into        uuid, -- removed, because it is this one; never changes but to follow that one
    merged_from        uuid, -- the newest of those that were merged into it
    window_ends_at     timestamptz, -- of a merged deal: what two have not signed by then lapses
    version            int4 not null default 1,
    primary key (tenant_id, opportunity_id),
    constraint opportunity_public_id unique (tenant_id, id),
    constraint opportunity_external_id unique (tenant_id, crm_source, external_id),
    foreign key (tenant_id, account_id) references account,
    foreign key (tenant_id, owner_id) references person (tenant_id, person_id),
    foreign key (tenant_id, partner_manager_id) references person (tenant_id, person_id),
    foreign key (tenant_id, partner_rep_id) references person (tenant_id, person_id),
    foreign key (tenant_id, lead_partner_id) references partner (tenant_id, partner_id),
    foreign key (tenant_id, model_version, vendor_stage) references stage (tenant_id, model_version, number),
    foreign key (tenant_id, model_version, partner_stage) references stage (tenant_id, model_version, number),
    constraint opportunity_amount_with_currency check ((amount_minor is null) = (currency is null)),
    constraint opportunity_crm_whole check ((crm_source is null) = (external_id is null)),
    -- a deal that was merged away keeps who led it, so that its partners find the other one; its claims have gone there
    constraint opportunity_partner_whole check (merged_into is not null or (lead_partner_id is null) = (attribution = 0)
        and (lead_partner_id is null) = (vendor_stage is null) and (lead_partner_id is null) = (partner_stage is null)
        and (lead_partner_id is null) = (model_version is null)
        and (lead_partner_id is null) = (counting_claim is null) and (lead_partner_id is null) = (partner_ids = '{}')
        and (lead_partner_id is null or lead_partner_id = any (partner_ids))),
    constraint opportunity_closed_whole check ((coalesce(removed_status, status) in (2, 3))
        = (closed_on is not null and closed_at is not null)),
    constraint opportunity_removed_whole check ((status = 4) = (removed_status is not null)),
    constraint opportunity_merged_whole check (merged_into is null
        or status = 4 and counting_claim is null and attribution = 0 and crm_source is null and merged_into <> id),
    foreign key (tenant_id, merged_into) references opportunity (tenant_id, id),
    constraint opportunity_history_before_go_live check (grandfathered = (window_starts_at is not null)
        and (window_starts_at is null or created_at < window_starts_at and (attribution <> 0 or merged_into is not null))),
    constraint opportunity_lost_with_reason check (status <> 3 or reason_code is not null),
    constraint opportunity_proposal_whole check ((proposed_at is null) = (proposed_by_side is null)
        and (proposed_at is null) = (proposed_stage is null) and (proposed_at is null) = (proposed_by is null)
        and (proposed_at is null) = (proposal_days is null)),
    -- one stage at a time: a proposal is for the stage after the lower side's
    constraint opportunity_proposal_next check (proposed_stage is null
        or proposed_stage = least(vendor_stage, partner_stage) + 1)
);
call tenant_table('opportunity', :'daemon_role', 'select, insert, update', 'partner_ids');
create index opportunity_by_id_order on opportunity (tenant_id, id desc);
create index opportunity_of_account on opportunity (tenant_id, account_id, product_family) where status = 1;
create index opportunity_open_by_close on opportunity (tenant_id, close_date) where status = 1;
create index opportunity_divergent on opportunity (tenant_id, close_date) where status = 1 and vendor_stage <> partner_stage;
create index opportunity_closed_by_day on opportunity (tenant_id, closed_on) where status in (2, 3);
create index opportunity_merged_into on opportunity (tenant_id, merged_into) where merged_into is not null;
create index opportunity_of_partner on opportunity (tenant_id, lead_partner_id) where lead_partner_id is not null;
alter table registration add constraint registration_opportunity_exists
    foreign key (tenant_id, opportunity_id) references opportunity (tenant_id, opportunity_id);

-- Further ids under which CRMs know a deal. The one that stands on the deal itself leads: the CRM behind it owns some of
-- the deal's fields. These only say which deal is meant.

create table crm_link (
    tenant_id      int4 not null references tenant,
    crm_link_id    int8 generated always as identity,
    opportunity_id int8 not null,
    crm_source     text not null collate "C" check (crm_source <> ''),
    external_id    text not null collate "C" check (external_id <> ''),
    created_at     timestamptz not null default tandem_now(),
    version        int4 not null default 1,
    primary key (tenant_id, crm_link_id),
    constraint crm_link_external_id unique (tenant_id, crm_source, external_id),
    foreign key (tenant_id, opportunity_id) references opportunity (tenant_id, opportunity_id)
);
call tenant_table('crm_link', :'daemon_role', 'select, insert, update');
create index crm_link_of_deal on crm_link (tenant_id, opportunity_id);

-- Whether a deal stood open at an instant. It was closed then when its close had been recorded, or is dated on an earlier
-- day of the tenant: what is told late counts by its date.
create function deal_was_open(status int2, created_at timestamptz, closed_at timestamptz, closed_on date, at timestamptz,
                              time_zone text) returns boolean language sql stable parallel safe
    return status <> 4 and created_at <= at
           and (closed_at is null or closed_at > at and closed_on >= (at at time zone time_zone)::date);

create table claim (
    tenant_id       int4 not null,
    claim_id        int8 generated always as identity,
    id              uuid not null,
    opportunity_id  int8 not null,
    partner_id      int8 not null,
    registration_id int8,
    value           int2 not null check (value between 1 and 2),
    kind            int2 not null check (kind between 1 and 6),
    version         int4 not null default 1,      -- of the row
    claim_version   int4 not null default 1,      -- of what is signed
    content_hash    text not null collate "C",    -- what a signature stands under
    deadline_at     timestamptz not null,         -- inclusive; fixed at the deal's creation
    created_at      timestamptz not null default tandem_now(),
    late            boolean not null,             -- first made after the window: late_influence
    signed_at       timestamptz,                  -- both signed the current version
    disputed_at     timestamptz,
    dispute_reason  text,
    sourced_passed  boolean,                      -- the computed rule; null for claims by hand
    sourced_reason  text,
    share_basis_points int4 check (share_basis_points between 0 and 10000), -- at close
    stated_value    int2 check (stated_value between 1 and 2), -- history: the attribution it was loaded with
    stated_on       int8,                         -- history: the deal that it was stated of, also when the claim has moved
    counts_as_stated boolean not null default false, -- history that was closed when it was loaded: without signatures
    -- what the partner itself expects of the deal: beside the deal's own amount and date, and in no figure
    view_amount_minor int8 check (abs(view_amount_minor) <= 9007199254740991),
    view_currency   text,
    view_close_date date,
    view_stated_at  timestamptz,
    view_version    int4 not null default 0,      -- 0: never stated
    primary key (tenant_id, claim_id),
    constraint claim_public_id unique (tenant_id, id),
    -- asked at the end of a statement, because two claims may change places when deals are merged; so is the next one
    constraint claim_one_per_partner unique (tenant_id, opportunity_id, partner_id) deferrable,
    constraint claim_sourced_once exclude using btree (tenant_id with =, opportunity_id with =)
        where (value = 1 and signed_at is not null) deferrable,
    constraint claim_of_deal unique (tenant_id, opportunity_id, id, value),
    constraint claim_deadline unique (tenant_id, claim_id, deadline_at),
    foreign key (tenant_id, opportunity_id) references opportunity,
    foreign key (tenant_id, partner_id) references partner,
    foreign key (tenant_id, registration_id) references registration,
    foreign key (tenant_id, stated_on) references opportunity (tenant_id, opportunity_id),
    -- sourced by the rule, or as history states it
    constraint claim_sourced_by_rule check (value <> 1 or registration_id is not null and sourced_passed
        or kind = 6 and stated_value is not distinct from 1),
    constraint claim_history_is_stated check (case when kind = 6 then registration_id is null and stated_value is not null
        and value = stated_value and not late else not counts_as_stated end),
    constraint claim_stated_whole check ((stated_value is null) = (stated_on is null)),
    -- history of a deal is stated once
    constraint claim_stated_once unique (tenant_id, stated_on),
    constraint claim_late_is_influence check (not late or value = 2),
    constraint claim_view_whole check ((view_amount_minor is null) = (view_currency is null)
        and (view_version = 0) = (view_stated_at is null)
        and (view_version > 0 or view_currency is null and view_close_date is null)),
    constraint claim_late_by_clock check (late = (created_at > deadline_at))
);
call tenant_table('claim', :'daemon_role', 'select, insert, update', 'partner_id');
-- Whether a deal speaks against a registration of the partner that came at an instant: it stood open, and the partner had
-- not claimed it by then. One that was merged away did, by the status that it had; its claims are gone, so who led it tells.
create function deal_was_anothers(deal opportunity, partner_id int8, at timestamptz, time_zone text) returns boolean
language sql stable parallel safe
    return deal_was_open(case when (deal).merged_into is null then (deal).status else (deal).removed_status end,
                         (deal).created_at, (deal).closed_at, (deal).closed_on, at, time_zone)
           and not ((deal).merged_into is not null and (deal).lead_partner_id is not distinct from partner_id)
           and not exists (select from claim own
                            where own.tenant_id = (deal).tenant_id and own.opportunity_id = (deal).opportunity_id
                              and own.partner_id = deal_was_anothers.partner_id and own.created_at <= at);
-- a deal counts by one claim of its own, and is attributed as that one says
alter table opportunity add constraint opportunity_counts_own_claim
    foreign key (tenant_id, opportunity_id, counting_claim, attribution)
    references claim (tenant_id, opportunity_id, id, value) deferrable initially deferred;

-- Until when a claim may be signed. After a merge that is the earlier end of both deals, but for what two have signed.
create function claim_ends_at(deadline_at timestamptz, signed_at timestamptz, window_ends_at timestamptz)
    returns timestamptz language sql immutable parallel safe
    return case when signed_at is null then least(deadline_at, window_ends_at) else deadline_at end;

create table signoff (
    tenant_id     int4 not null,
    signoff_id    int8 generated always as identity,
    claim_id      int8 not null,
    claim_version int4 not null,
    role          int2 not null check (role between 1 and 2), -- ae, partner_manager
    person_id     int8 not null,
    for_person_id int8 check (for_person_id <> person_id), -- whose duty it is, when it was lent to the signer
    decision      int2 not null check (decision between 1 and 2), -- sign, decline
    reason        text,
    decided_at    timestamptz not null default tandem_now(),
    deadline_at   timestamptz not null,
    primary key (tenant_id, signoff_id),
    constraint signoff_once_per_role unique (tenant_id, claim_id, claim_version, role),
    constraint signoff_two_people unique (tenant_id, claim_id, claim_version, person_id),
    constraint signoff_in_window check (decided_at <= deadline_at),
    constraint signoff_decline_with_reason check (decision <> 2 or reason is not null),
    foreign key (tenant_id, claim_id, deadline_at) references claim (tenant_id, claim_id, deadline_at),
    foreign key (tenant_id, for_person_id) references person (tenant_id, person_id),
    foreign key (tenant_id, person_id) references person
);
call tenant_table('signoff', :'daemon_role', 'select, insert');

create table evidence (
    tenant_id        int4 not null,
    evidence_id      int8 generated always as identity,
    opportunity_id   int8 not null,
    criterion        text not null collate "C",
    evidence_version int4 not null,
    type             int2 not null check (type between 1 and 5),
    body             jsonb not null,
    personal_salt    uuid not null default gen_random_uuid(),
    personal_digest  text generated always as (personal_digest(personal_salt, array[body::text])) stored,
    author_id        int8 not null,
    side             int2 not null check (side between 1 and 2),
    given_at         timestamptz not null default tandem_now(),
    primary key (tenant_id, evidence_id),
    constraint evidence_version_once unique (tenant_id, opportunity_id, criterion, evidence_version),
    foreign key (tenant_id, opportunity_id) references opportunity,
    foreign key (tenant_id, author_id) references person
);
call tenant_table('evidence', :'daemon_role', 'select, insert');

create table confirmation (
    tenant_id        int4 not null,
    confirmation_id  int8 generated always as identity,
    opportunity_id   int8 not null,
    criterion        text not null collate "C",
    evidence_version int4 not null,
    side             int2 not null check (side between 1 and 2),
    person_id        int8 not null,
    confirmed_at     timestamptz not null default tandem_now(),
    primary key (tenant_id, confirmation_id),
    constraint confirmation_once_per_side unique (tenant_id, opportunity_id, criterion, evidence_version, side),
    foreign key (tenant_id, opportunity_id, criterion, evidence_version)
        references evidence (tenant_id, opportunity_id, criterion, evidence_version),
    foreign key (tenant_id, person_id) references person
);
call tenant_table('confirmation', :'daemon_role', 'select, insert');

-- Evidence and confirmations are seen by the vendor and the partner that leads the deal; another one sees its own.
create function tandem_sees_proof(tenant_id int4, opportunity_id int8, person_id int8) returns boolean
    language sql stable parallel safe
    return exists (select from opportunity o where o.tenant_id = tandem_sees_proof.tenant_id
                                               and o.opportunity_id = tandem_sees_proof.opportunity_id
                                               and tandem_sees_partner(o.lead_partner_id))
        or exists (select from person p where p.tenant_id = tandem_sees_proof.tenant_id
                                          and p.person_id = tandem_sees_proof.person_id
                                          and tandem_sees_partner(p.partner_ids));
create policy deal_rows on evidence as restrictive using (
    case when current_setting('tandem.partners') = '*' then true
         else tandem_sees_proof(tenant_id, opportunity_id, author_id) end);
create policy deal_rows on confirmation as restrictive using (
    case when current_setting('tandem.partners') = '*' then true
         else tandem_sees_proof(tenant_id, opportunity_id, person_id) end);
-- Whoever sees every partner sees every claim; cheap to say, so that a report may read all signatures at once.
create function tandem_sees_claim(tenant_id int4, claim_id int8) returns boolean
    language sql stable parallel safe cost 1
    return exists (select from claim c where c.tenant_id = tandem_sees_claim.tenant_id
                                         and c.claim_id = tandem_sees_claim.claim_id);
create policy claim_rows on signoff as restrictive using (
    case when current_setting('tandem.partners') = '*' then true else tandem_sees_claim(tenant_id, claim_id) end);
-- A partner reads only the events that name it.
create policy partner_rows on event as restrictive for select
    using (partner_id is null and current_setting('tandem.partners') = '*' or tandem_sees_partner(partner_id));
