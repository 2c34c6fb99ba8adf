-- Two accounts that are one customer ($2 the survivor, $3 the one that is merged away; internal ids).

-- name: account_merge_wait
-- Whoever has found an account refers to it by now, or finds it merged.
select pg_advisory_xact_lock(hashtextextended('account merge', $1));

-- name: account_merge_rows
select account_id
  from account
 where tenant_id = $1 and id = any ($2::uuid[])
 order by account_id
   for update;

-- name: account_merge_deals
-- In the order in which everybody locks deals.
select o.opportunity_id
  from opportunity o
 where o.tenant_id = $1
   and o.account_id in (select a.account_id from account a where a.tenant_id = $1 and a.id = any ($2::uuid[]))
 order by o.opportunity_id
   for update;

-- name: account_merge_facts
-- One row for each pair of protections that both run, one without a pair when there is none.
select s.parent_id as survivor_parent, m.parent_id as merged_parent, rivals.survivors, rivals.others,
       rivals.product_family
  from account s
  join account m on m.tenant_id = s.tenant_id and m.account_id = $3
  left join lateral (
        select own.id as survivors, other.id as others, own.product_family
          from registration own
          join registration other on other.tenant_id = own.tenant_id and other.account_id = $3
           and other.product_family = own.product_family
         where own.tenant_id = $1 and own.account_id = $2 and own.state = 3 and other.state = 3
           and own.protected_until > tandem_now() and other.protected_until > tandem_now()
         order by own.id, other.id) rivals on true
 where s.tenant_id = $1 and s.account_id = $2;

-- name: account_merge_protections
-- Protections of both that overlapped and have ended stand against nobody any more; before the registrations go over.
with over as (
    update registration r
       set protection_over = true, version = version + 1
     where r.tenant_id = $1 and r.account_id in ($2, $3) and r.state = 3 and not r.protection_over
       and r.protected_until <= tandem_now()
       and exists (select from registration other
                    where other.tenant_id = $1 and other.account_id in ($2, $3) and other.account_id <> r.account_id
                      and other.product_family = r.product_family and other.state = 3
                      and other.protection && r.protection)
    returning *
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
select tenant_id, 'registration.protection_over', 'registration', registration_id, version, opportunity_id, partner_id,
       to_jsonb(over)
  from over;

-- name: account_merge_away
-- $4 the reason. An activity that both have stays where it is: it is one.
with merged as (
    update account
       set merged_into_id = $2, parent_id = null, version = version + 1
     where tenant_id = $1 and account_id = $3
    returning *
), followed as (
    update account
       set merged_into_id = $2, version = version + 1
     where tenant_id = $1 and merged_into_id = $3
    returning *
), children as (
    update account
       set parent_id = $2, version = version + 1
     where tenant_id = $1 and parent_id = $3 and account_id <> $2
    returning *
), domains as (
    update account_domain
       set account_id = $2, version = version + 1
     where tenant_id = $1 and account_id = $3
    returning *
), engaged as (
    update engagement e
       set account_id = $2, version = version + 1
     where e.tenant_id = $1 and e.account_id = $3
       and not exists (select from engagement own
                        where own.tenant_id = $1 and own.account_id = $2 and own.product_family = e.product_family
                          and own.activity_id = e.activity_id)
    returning *
), deals as (
    update opportunity
       set account_id = $2, version = version + 1
     where tenant_id = $1 and account_id = $3
    returning *
), registered as (
    update registration
       set account_id = $2, updated_at = tandem_now(), version = version + 1
     where tenant_id = $1 and account_id = $3
    returning *
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, reason, after)
select tenant_id, 'account.merged', 'account', account_id, version, null::int8, null::int8, $4::text, to_jsonb(merged)
  from merged
 union all
select tenant_id, 'account.merged', 'account', account_id, version, null, null, $4, to_jsonb(followed) from followed
 union all
select tenant_id, 'account.updated', 'account', account_id, version, null, null, $4, to_jsonb(children) from children
 union all
select tenant_id, 'account_domain.moved', 'account_domain', account_domain_id, version, null, null, $4, to_jsonb(domains)
  from domains
 union all
select tenant_id, 'engagement.moved', 'engagement', engagement_id, version, null, null, $4, to_jsonb(engaged)
  from engaged
 union all
select tenant_id, 'opportunity.account_merged', 'opportunity', opportunity_id, version, opportunity_id, lead_partner_id,
       $4, to_jsonb(deals)
  from deals
 union all
select tenant_id, 'registration.account_merged', 'registration', registration_id, version, opportunity_id, partner_id, $4,
       to_jsonb(registered)
  from registered;

-- name: account_merge_into
-- $4 the parent, or null; $5 the reason. Names that are new by their key become aliases.
with named as (
    select array_agg(n.name order by n.place) as names, array_agg(n.key order by n.place) as keys
      from (select distinct on (u.key) u.name, u.key, u.place
              from account m
             cross join unnest(m.name || m.aliases, m.name_key || m.alias_keys) with ordinality u (name, key, place)
              join account s on s.tenant_id = $1 and s.account_id = $2
             where m.tenant_id = $1 and m.account_id = $3 and u.key <> s.name_key and u.key <> all (s.alias_keys)
             order by u.key, u.place) n
), changed as (
    update account s
       set aliases = s.aliases || coalesce(named.names, '{}'), alias_keys = s.alias_keys || coalesce(named.keys, '{}'),
           country = coalesce(s.country, m.country), has_domain = s.has_domain or m.has_domain, parent_id = $4,
           version = s.version + 1
      from named, account m
     where s.tenant_id = $1 and s.account_id = $2 and m.tenant_id = $1 and m.account_id = $3
    returning s.*
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, reason, after)
select tenant_id, 'account.merged', 'account', account_id, version, $5, to_jsonb(changed) from changed;

-- name: account_contradictions
-- Against sourced claims that rest on a registration of the account $2: engagements that came first, and deals that stood
-- open then, also those that were merged away since.
with resting as (
    select o.opportunity_id, o.id as claimed, c.partner_id, r.product_family, r.submitted_at
      from registration r
      join claim c on c.tenant_id = r.tenant_id and c.registration_id = r.registration_id and c.value = 1
       and c.disputed_at is null
      join opportunity o on o.tenant_id = c.tenant_id and o.opportunity_id = c.opportunity_id and o.merged_into is null
     where r.tenant_id = $1 and r.account_id = $2 and r.state = 3
)
select x.claimed, x.dated_at, x.activity_id, x.opportunity
  from (select c.opportunity_id, c.claimed, e.engaged_at as dated_at, e.activity_id, null::uuid as opportunity
          from resting c
          join engagement e on e.tenant_id = $1 and e.account_id = $2 and e.product_family = c.product_family
           and e.engaged_at <= c.submitted_at
         union all
        select c.opportunity_id, c.claimed, o.created_at, null, o.id
          from resting c
          join opportunity o on o.tenant_id = $1 and o.account_id = $2 and o.product_family = c.product_family
           and o.opportunity_id <> c.opportunity_id
          join tenant t on t.tenant_id = $1
         where deal_was_anothers(o, c.partner_id, c.submitted_at, t.time_zone)) x
 order by x.opportunity_id, x.dated_at;
