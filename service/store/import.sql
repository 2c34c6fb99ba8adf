-- name: import_begin
-- The cause of every event that follows; and what the importing person may. Nobody gives a deal an id meanwhile
-- (external_id_lock).
select p.roles, set_config('tandem.cause', 'import', true) as cause,
       pg_advisory_xact_lock_shared(hashtextextended('external id', $1)) as held
  from person p
 where p.tenant_id = $1 and p.person_id = tandem_person();

-- name: import_owner_find
select person_id
  from person
 where tenant_id = $1 and (lower(email) = lower($2) or $2 is null and name = $3)
   and cardinality(partner_ids) = 0 -- a deal's owner is never a partner's person of the same name
 order by active desc, person_id limit 1;

-- name: import_plan
-- $1: how the statements that follow in this transaction are planned.
select set_config('plan_cache_mode', $1, true);

-- name: import_outcomes
-- Deals whose outcome the rows would change, by the rows' places from 1: locked, so that a claim made meanwhile is
-- either seen here or waits for the import. $4: the statuses of the rows. One look-up a row: a join would be planned as
-- a walk over all deals of the source.
select g.place, case when o.claimed then o.id end as claimed_id
  from (select u.external_id, u.status, u.place
          from unnest($3::text[], $4::int8[]) with ordinality as u (external_id, status, place)
         order by u.external_id) g
 cross join lateral (
       select o.id, o.attribution <> 0 or o.status = 4 as claimed -- a removed deal is brought back on the same way
         from opportunity o
        where o.tenant_id = $1 and o.crm_source = $2 and o.external_id = g.external_id and o.status <> g.status
          for update) o;

-- name: import_chunk
-- $3: the rows as JSON. The difference decides: an unchanged row writes nothing. A claim stands on account and family,
-- and its owner signs: on a claimed deal the first two stay, and an owner is replaced, never lost. A direct deal follows
-- the CRM's stage and enters it when it is told. A further id of a deal (crm_link) names a record that the deal does not
-- follow: its row changes nothing.
with given as (
    select g.external_id, g.name, coalesce(a.merged_into_id, g.account_id) as account_id, g.product_family, g.amount_minor, g.currency, g.close_date, g.owner_id,
           g.created_at, g.crm_stage, g.status, g.closed_on, g.reason_code
      from jsonb_to_recordset($3::jsonb) as g (
           external_id text, name text, account_id int8, product_family text, amount_minor int8, currency text,
           close_date date, owner_id int8, created_at timestamptz, crm_stage int2, status int2, closed_on date,
           reason_code int2)
      -- found for an earlier chunk, and merged since
      left join account a on a.tenant_id = $1 and a.account_id = g.account_id and a.merged_into_id is not null
     where not exists (select from crm_link l
                        where l.tenant_id = $1 and l.crm_source = $2 and l.external_id = g.external_id)
), changed as (
    insert into opportunity as o
           (tenant_id, id, crm_source, external_id, name, account_id, product_family, amount_minor, currency,
            close_date, owner_id, crm_stage, created_at, refreshed_at, stage_entered_at, status, closed_on, closed_at,
            reason_code)
    select $1, uuid7(), $2, g.external_id, g.name, g.account_id, g.product_family, g.amount_minor, g.currency,
           g.close_date, g.owner_id, g.crm_stage, coalesce(g.created_at, tandem_now()),
           coalesce(g.created_at, tandem_now()), coalesce(g.created_at, tandem_now()), g.status, g.closed_on,
           g.closed_on::timestamp at time zone t.time_zone, g.reason_code
      from given g
      join tenant t on t.tenant_id = $1
     order by g.external_id
    on conflict on constraint opportunity_external_id do update
       set name = excluded.name, amount_minor = excluded.amount_minor, currency = excluded.currency,
           account_id = case o.attribution when 0 then excluded.account_id else o.account_id end,
           product_family = case o.attribution when 0 then excluded.product_family else o.product_family end,
           owner_id = case o.attribution when 0 then excluded.owner_id else coalesce(excluded.owner_id, o.owner_id) end,
           close_date = excluded.close_date, crm_stage = excluded.crm_stage, status = excluded.status,
           closed_on = excluded.closed_on,
           closed_at = case when o.closed_on is not distinct from excluded.closed_on then o.closed_at
                            else excluded.closed_at end,
           reason_code = excluded.reason_code,
           stage_entered_at = case when o.attribution = 0 and o.crm_stage is distinct from excluded.crm_stage
                                   then tandem_now() else o.stage_entered_at end,
           pushes = o.pushes + coalesce(excluded.close_date > o.close_date and o.status = 1, false)::int,
           version = o.version + 1
     where (o.name, o.account_id, o.product_family, o.amount_minor, o.currency, o.close_date, o.owner_id, o.crm_stage,
            o.status, o.closed_on, o.reason_code)
           is distinct from
           (excluded.name, case o.attribution when 0 then excluded.account_id else o.account_id end,
            case o.attribution when 0 then excluded.product_family else o.product_family end,
            excluded.amount_minor, excluded.currency, excluded.close_date,
            case o.attribution when 0 then excluded.owner_id else coalesce(excluded.owner_id, o.owner_id) end,
            excluded.crm_stage, excluded.status, excluded.closed_on, excluded.reason_code)
    returning *
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id,
                       effective_at, after)
    select tenant_id, case when version = 1 then 'opportunity.created' else 'opportunity.updated' end, 'opportunity',
           opportunity_id, version, opportunity_id, lead_partner_id,
           case when version = 1 then created_at else tandem_now() end, to_jsonb(changed)
      from changed
)
select count(*) filter (where version = 1) as created, count(*) filter (where version > 1) as updated from changed;

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
