-- name: import_begin
-- The cause of every event that follows; and what the importing person may. Nobody gives a deal an id meanwhile
-- (external_id_lock). A first import fills empty tables: a plan that was made then and kept takes any index for as good as
-- the right one, and each look-up walks over all deals. So the first chunks are planned one by one.
select p.roles, set_config('tandem.cause', 'import', true) as cause,
       set_config('plan_cache_mode', 'auto', true) as planned,
       pg_advisory_xact_lock_shared(hashtextextended('external id', $1)) as held
  from person p
 where p.tenant_id = $1 and p.person_id = tandem_person();

-- name: import_owner_find
select person_id
  from person
 where tenant_id = $1 and (lower(email) = lower($2) or $2 is null and name = $3)
   and cardinality(partner_ids) = 0 -- a deal's owner is never a partner's person of the same name
 order by active desc, person_id limit 1;

-- name: import_table
-- The rows of the chunk that is being written, by their places from 1: of this connection alone, empty after each
-- transaction.
create temporary table if not exists import_row (
    place          int8,
    external_id    text collate "C",
    name           text,
    account_id     int8,
    product_family text collate "C",
    amount_minor   int8,
    currency       text,
    close_date     date,
    owner_id       int8,
    created_at     timestamptz,
    crm_stage      int2,
    status         int2,
    closed_on      date,
    reason_code    int2
) on commit delete rows;

-- name: import_copy
copy import_row from stdin;

-- name: import_compare
-- late
-- The rows that are new or say something else than their deals ($3: only of these places; null: of all). An unchanged
-- row is in no answer and locks nothing. What differs is locked in one order, so that a claim made meanwhile is either
-- seen here or waits for the import. A claim stands on account and family, and its owner signs: on a claimed deal the
-- first two stay, and an owner is replaced, never lost. A further id of a deal (crm_link) names a record that the deal
-- does not follow: its row changes nothing. One look-up a row: a join would be planned as a walk over all deals.
select g.place, coalesce(changed.opportunity_id, 0) as opportunity_id,
       case when changed.turned then changed.id end as claimed_id
  from (select r.place, r.external_id, r.name, r.account_id, r.product_family, r.amount_minor, r.currency, r.close_date,
               r.owner_id, r.crm_stage, r.status, r.closed_on, r.reason_code
          from import_row r
         where $3::int8[] is null or r.place = any ($3)
         order by r.external_id offset 0) g
  left join lateral (
       select o.opportunity_id, o.id,
              -- a removed deal is brought back on the same way
              o.status <> g.status and (o.attribution <> 0 or o.status = 4) as turned
         from opportunity o
        where o.tenant_id = $1 and o.crm_source = $2 and o.external_id = g.external_id
          and (o.name, o.amount_minor, o.currency, o.close_date, o.crm_stage, o.status, o.closed_on, o.reason_code,
               o.account_id, o.product_family, o.owner_id)
              is distinct from
              (g.name, g.amount_minor, g.currency, g.close_date, g.crm_stage, g.status, g.closed_on, g.reason_code,
               case o.attribution when 0 then g.account_id else o.account_id end,
               case o.attribution when 0 then g.product_family else o.product_family end,
               case o.attribution when 0 then g.owner_id else coalesce(g.owner_id, o.owner_id) end)
          for update) changed on true
  left join lateral (
       select o.opportunity_id
         from opportunity o
        where o.tenant_id = $1 and o.crm_source = $2 and o.external_id = g.external_id
       offset 0) known on changed.opportunity_id is null
 where changed.opportunity_id is not null
    or known.opportunity_id is null
       and not exists (select from crm_link l
                        where l.tenant_id = $1 and l.crm_source = $2 and l.external_id = g.external_id)
 order by g.external_id;

-- name: import_create
-- late
-- The rows of the places $3. One that another import has created meanwhile is not among those that are counted.
with created as (
    insert into opportunity
           (tenant_id, id, crm_source, external_id, name, account_id, product_family, amount_minor, currency,
            close_date, owner_id, crm_stage, created_at, refreshed_at, stage_entered_at, status, closed_on, closed_at,
            reason_code)
    select $1, uuid7(), $2, g.external_id, g.name, g.account_id, g.product_family, g.amount_minor, g.currency,
           g.close_date, g.owner_id, g.crm_stage, coalesce(g.created_at, tandem_now()),
           coalesce(g.created_at, tandem_now()), coalesce(g.created_at, tandem_now()), g.status, g.closed_on,
           g.closed_on::timestamp at time zone t.time_zone, g.reason_code
      from unnest($3::int8[]) as wanted (place)
      join import_row g on g.place = wanted.place
      join tenant t on t.tenant_id = $1
     order by g.external_id
    on conflict on constraint opportunity_external_id do nothing
    returning *
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id,
                       effective_at, after)
    select tenant_id, 'opportunity.created', 'opportunity', opportunity_id, version, opportunity_id, lead_partner_id,
           created_at, to_jsonb(created)
      from created
)
select count(*) as created from created;

-- name: import_update
-- late
-- The rows of the places $2 onto the deals $3, which import_compare has locked. A direct deal follows the CRM's stage and
-- enters it when it is told.
with changed as (
    update opportunity o
       set name = g.name, amount_minor = g.amount_minor, currency = g.currency,
           account_id = case o.attribution when 0 then g.account_id else o.account_id end,
           product_family = case o.attribution when 0 then g.product_family else o.product_family end,
           owner_id = case o.attribution when 0 then g.owner_id else coalesce(g.owner_id, o.owner_id) end,
           close_date = g.close_date, crm_stage = g.crm_stage, status = g.status, closed_on = g.closed_on,
           closed_at = case when o.closed_on is not distinct from g.closed_on then o.closed_at
                            else g.closed_on::timestamp at time zone t.time_zone end,
           reason_code = g.reason_code,
           stage_entered_at = case when o.attribution = 0 and o.crm_stage is distinct from g.crm_stage
                                   then tandem_now() else o.stage_entered_at end,
           pushes = o.pushes + coalesce(g.close_date > o.close_date and o.status = 1, false)::int,
           version = o.version + 1
      from unnest($2::int8[], $3::int8[]) as known (place, opportunity_id)
      join import_row g on g.place = known.place
      join tenant t on t.tenant_id = $1
     where o.tenant_id = $1 and o.opportunity_id = known.opportunity_id
    returning o.*
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
select tenant_id, 'opportunity.updated', 'opportunity', opportunity_id, version, opportunity_id, lead_partner_id,
       to_jsonb(changed)
  from changed;

-- name: import_contradictions
-- Sourced claims on whose registration's account and family one of the rows ($3, external ids) is a deal that was open
-- when it was submitted: the claimed deal, and the row's. One look-up a row, as above.
select claimed.id as claimed, brought.id as opportunity, brought.created_at
  from tenant t
 cross join unnest($3::text[]) as g (external_id)
 cross join lateral (
       select o.* from opportunity o
        where o.tenant_id = $1 and o.crm_source = $2 and o.external_id = g.external_id
       offset 0) brought
 cross join lateral (
       select r.registration_id, r.submitted_at from registration r
        where r.tenant_id = $1 and r.account_id = brought.account_id and r.product_family = brought.product_family
          and r.state = 3
       offset 0) earlier
  join claim c on c.tenant_id = $1 and c.registration_id = earlier.registration_id and c.value = 1
   and c.disputed_at is null
  join opportunity claimed on claimed.tenant_id = $1 and claimed.opportunity_id = c.opportunity_id
   and claimed.merged_into is null
 where t.tenant_id = $1 and claimed.opportunity_id <> brought.opportunity_id
   and deal_was_anothers(brought, c.partner_id, earlier.submitted_at, t.time_zone)
 order by claimed.opportunity_id, brought.created_at;

-- name: import_deals
-- Lines that state an attribution, by their places: the deal that is known already, locked, and the partner. $5 the
-- go-live, whose policy holds the window.
with known as (
    select g.place, held.opportunity_id, held.id, held.created_at, held.status, held.has_claim
      from (select u.external_id, u.place
              from unnest($3::text[]) with ordinality as u (external_id, place)
             order by u.external_id) g
     cross join lateral (
           select o.opportunity_id, o.id, o.created_at, o.status, o.attribution <> 0 as has_claim
             from opportunity o
            where o.tenant_id = $1 and o.crm_source = $2 and o.external_id = g.external_id
              for update) held
)
select coalesce(d.opportunity_id, 0) as opportunity_id, d.id, d.created_at, d.status,
       coalesce(d.has_claim, false) as has_claim, c.was_stated, c.was_partner_id, c.was_of,
       exists (select from crm_link l
                where l.tenant_id = $1 and l.crm_source = $2 and l.external_id = g.external_id) as further_id,
       coalesce(p.partner_id, 0) as partner, p.id as partner_id, p.manager_id as partner_manager,
       policy.window_hours, policy.sourced_rule_version
  from unnest($3::text[], $4::uuid[]) with ordinality as g (external_id, whose, place)
  left join known d on d.place = g.place
  -- after a merge there may be several statements: the one of this partner, else the earliest
  left join lateral (
       select h.stated_value as was_stated, whose.id as was_partner_id, whose.name as was_of
         from claim h
         join partner whose on whose.tenant_id = $1 and whose.partner_id = h.partner_id
        where h.tenant_id = $1 and h.opportunity_id = d.opportunity_id and h.stated_value is not null
        order by whose.id = g.whose desc, h.claim_id
        limit 1) c on true
  left join partner p on p.tenant_id = $1 and p.id = g.whose
 cross join lateral (
       select v.window_hours, v.sourced_rule_version
         from policy_course v
        where v.tenant_id = $1 and v.effective_at <= $5
        order by v.effective_at desc, v.policy_version desc
        limit 1) policy
 order by g.place;

-- name: import_claim
-- History as it was stated: from the deal's creation, so that it is never late. $9 it counts as stated, $10 the share.
with claimed as (
    insert into claim (tenant_id, id, opportunity_id, partner_id, value, kind, content_hash, deadline_at, created_at,
                       late, stated_value, stated_on, counts_as_stated, share_basis_points)
    select $1, $2, o.opportunity_id, $4, $5, 6, $6, $8, o.created_at, false, $5, o.opportunity_id, $9, $10
      from opportunity o
     where o.tenant_id = $1 and o.opportunity_id = $3
    returning *
), claim_logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
    select tenant_id, 'claim.created', 'claim', claim_id, version, opportunity_id, partner_id, to_jsonb(claimed)
      from claimed
), changed as (
    update opportunity o
       set lead_partner_id = c.partner_id, partner_ids = array[c.partner_id], counting_claim = c.id,
           attribution = c.value, partner_manager_id = $11, model_version = $12, vendor_stage = 1, partner_stage = 1,
           grandfathered = true, window_starts_at = $7,
           resolved_at = case when c.counts_as_stated then o.closed_at end,
           stage_entered_at = case when c.counts_as_stated then o.stage_entered_at else tandem_now() end,
           version = o.version + 1
      from claimed c
     where o.tenant_id = $1 and o.opportunity_id = $3
    returning o.*
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
    select tenant_id, 'opportunity.grandfathered', 'opportunity', opportunity_id, version, opportunity_id,
           lead_partner_id, to_jsonb(changed)
      from changed
)
select claim_id from claimed;
