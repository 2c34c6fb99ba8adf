-- name: account_find
-- Customers by their places: $2 name keys, $3 countries, $4 domains (each an array as text). By the first domain that is
-- known; else by name and country among accounts without a domain. A customer with a domain takes over an account of its
-- name whose country is open, when there is just one. One look-up a domain (offset 0): a join would be planned as a walk
-- over all of them.
select wanted.place, a.account_id, a.id,
       exists (select from unnest(wanted.domains::text[]) as own (domain)
                where not exists (select from account_domain d
                                   where d.tenant_id = $1 and d.domain = own.domain
                                  offset 0)) as learns
  from unnest($2::text[], $3::text[], $4::text[]) with ordinality as wanted (name_key, country, domains, place)
 cross join lateral (
       (select d.account_id, 1 as rank, true as live
          from unnest(wanted.domains::text[]) with ordinality as own (domain, place)
         cross join lateral (select known.account_id
                               from account_domain known
                              where known.tenant_id = $1 and known.domain = own.domain
                             offset 0) d
         order by own.place limit 1)
       union all
       select by_name.account_id, 2, by_name.live
         -- one that was merged away is found by its name and means the one that it is
         from (select coalesce(n.merged_into_id, n.account_id) as account_id,
                      bool_or(n.country is not distinct from wanted.country) as exact,
                      bool_or(n.merged_into_id is null) as live, count(*) over () as candidates
                 from account n
                where n.tenant_id = $1 and n.name_key = wanted.name_key and not n.has_domain
                  and (n.country is not distinct from wanted.country
                       or wanted.domains <> '{}' and (n.country is null or wanted.country is null))
                group by 1) by_name
        where by_name.exact or by_name.candidates = 1
        order by rank, live desc limit 1) found
  join account a on a.tenant_id = $1 and a.account_id = found.account_id
 order by wanted.place;

-- name: account_keys_lock
-- Two requests that would make the same account wait for one another; always in one order.
select pg_advisory_xact_lock(hashtextextended('account key ' || ordered.key, $1))
  from (select key from unnest($2::text[]) as key order by key offset 0) ordered;

-- name: account_merge_share
-- Accounts are not merged while this transaction refers to one that it has found.
select pg_advisory_xact_lock_shared(hashtextextended('account merge', $1));

-- name: account_merges
-- Which of the accounts $2 have become another one.
select account_id, merged_into_id from account
 where tenant_id = $1 and account_id = any ($2::int8[]) and merged_into_id is not null;

-- name: account_insert
-- $2 ids, $3 names, $4 name keys, $5 countries, $6 domains (each an array as text).
with made as (
    insert into account (tenant_id, id, name, name_key, country, has_domain, normaliser)
    select $1, wanted.id, wanted.name, wanted.name_key, wanted.country, wanted.domains <> '{}', $7
      from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[])
           as wanted (id, name, name_key, country, domains)
    returning *
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, after)
    select tenant_id, 'account.created', 'account', account_id, version, to_jsonb(made) from made
), known as (
    insert into account_domain (tenant_id, account_id, domain, normaliser)
    select made.tenant_id, made.account_id, own.domain, $7
      from unnest($2::uuid[], $6::text[]) as wanted (id, domains)
      join made on made.tenant_id = $1 and made.id = wanted.id
     cross join unnest(wanted.domains::text[]) as own (domain)
    returning *
), known_logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, after)
    select tenant_id, 'account_domain.created', 'account_domain', account_domain_id, 1, to_jsonb(known) from known
)
select wanted.place, made.account_id
  from unnest($2::uuid[]) with ordinality as wanted (id, place)
  join made on made.tenant_id = $1 and made.id = wanted.id
 order by wanted.place;

-- name: account_domains_learn
with learned as (
    insert into account_domain (tenant_id, account_id, domain, normaliser)
    select $1, $2, wanted.domain, $4
      from unnest($3::text[]) as wanted (domain)
     where not exists (select from account_domain d where d.tenant_id = $1 and d.domain = wanted.domain)
    returning *
), learned_logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, after)
    select tenant_id, 'account_domain.created', 'account_domain', account_domain_id, 1, to_jsonb(learned)
      from learned
), changed as (
    update account set has_domain = true, version = version + 1
     where tenant_id = $1 and account_id = $2 and not has_domain and exists (select from learned)
    returning *
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, after)
select tenant_id, 'account.updated', 'account', account_id, version, to_jsonb(changed) from changed;

-- name: account_by_id
-- One that was merged away means the one that it is.
select a.account_id, a.id
  from account named
  join account a on a.tenant_id = named.tenant_id and a.account_id = coalesce(named.merged_into_id, named.account_id)
 where named.tenant_id = $1 and named.id = $2;

-- name: account_tenant_lock
-- One decision at a time for a tenant, so that two cannot both find the customer free. A statement of its own: inside
-- another one the older snapshot would miss the winner.
select pg_advisory_xact_lock(hashtextextended('account', $1));

-- name: account_shown_by_id
select account_id, id, name, country, aliases, domains, parent, parent_name, merged_into, merged_into_name, created_at,
       version
  from account_shown
 where tenant_id = $1 and id = $2;

-- name: account_page
select account_id, id, name, country, aliases, domains, parent, parent_name, merged_into, merged_into_name, created_at,
       version
  from account_shown
 where tenant_id = $1
   and ($2::text is null or account_id in (select d.account_id from account_domain d
                                            where d.tenant_id = $1 and d.domain = $2))
   and ($3::text is null or name_key = $3 or alias_keys @> array[$3])
   and ($4::uuid is null or parent = $4)
   and ($5::uuid is null or id < $5)
   and merged_into is null
 order by id desc
 limit $6;

-- name: account_row_lock
select account_id from account where tenant_id = $1 and id = $2 for update;

-- name: account_domain_owners
-- Each wanted domain in its order, with the account that has it.
select wanted.domain, a.account_id, a.id, a.name
  from unnest($2::text[]) with ordinality as wanted (domain, place)
  left join account_domain d on d.tenant_id = $1 and d.domain = wanted.domain
  left join account a on a.tenant_id = $1 and a.account_id = d.account_id
 order by wanted.place;

-- name: account_ancestors
-- Whether $3 is among the account $2 and those above it.
with recursive above as (
    select a.account_id, a.parent_id from account a where a.tenant_id = $1 and a.account_id = $2
    union
    select a.account_id, a.parent_id
      from above
      join account a on a.tenant_id = $1 and a.account_id = above.parent_id
)
select exists (select from above where account_id = $3) as holds;

-- name: account_update
-- Null keeps what is there; $7 says whether the parent ($8) is given.
with changed as (
    update account
       set name = coalesce($3, name), name_key = coalesce($4, name_key), aliases = coalesce($5::text[], aliases),
           alias_keys = coalesce($6::text[], alias_keys),
           parent_id = case when $7::boolean then $8::int8 else parent_id end,
           has_domain = has_domain or cardinality($9::text[]) > 0,
           normaliser = case when $4::text is null then normaliser else $10::int2 end, version = version + 1
     where tenant_id = $1 and account_id = $2
    returning *
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, after)
    select tenant_id, 'account.updated', 'account', account_id, version, to_jsonb(changed) from changed
), learned as (
    insert into account_domain (tenant_id, account_id, domain, normaliser)
    select $1, $2, wanted.domain, $10
      from unnest($9::text[]) as wanted (domain)
    returning *
), learned_logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, after)
    select tenant_id, 'account_domain.created', 'account_domain', account_domain_id, 1, to_jsonb(learned) from learned
)
select version from changed;
