-- name: account_find
-- By the first domain that is known; else by name and country among accounts without a domain. A customer with a
-- domain takes over an account of its name whose country is open, when there is just one.
with by_domain as (
    select d.account_id, 1 as rank
      from unnest($2::text[]) with ordinality as wanted (domain, place)
      join account_domain d on d.tenant_id = $1 and d.domain = wanted.domain
     order by wanted.place limit 1
), by_name as (
    -- one that was merged away is found by its name and means the one that it is
    select coalesce(a.merged_into_id, a.account_id) as account_id, bool_or(a.country is not distinct from $4) as exact,
           bool_or(a.merged_into_id is null) as live, count(*) over () as candidates
      from account a
     where a.tenant_id = $1 and a.name_key = $3 and not a.has_domain
       and (a.country is not distinct from $4
            or cardinality($2::text[]) > 0 and (a.country is null or $4::text is null))
     group by 1
), found as (
    select account_id, rank, true as live from by_domain
    union all
    select account_id, 2, live from by_name where exact or candidates = 1
     order by rank, live desc limit 1
)
select a.account_id, a.id,
       exists (select from unnest($2::text[]) as wanted (domain)
                where not exists (select from account_domain d
                                   where d.tenant_id = $1 and d.domain = wanted.domain)) as learns
  from found
  join account a on a.tenant_id = $1 and a.account_id = found.account_id;

-- name: account_keys_lock
-- Two requests that would make the same account wait for one another; always in one order.
select pg_advisory_xact_lock(hashtextextended('account key ' || ordered.key, $1))
  from (select key from unnest($2::text[]) as key order by key offset 0) ordered;

-- name: account_merge_share
-- Accounts are not merged while this transaction refers to one that it has found.
select pg_advisory_xact_lock_shared(hashtextextended('account merge', $1));

-- name: account_insert
with made as (
    insert into account (tenant_id, id, name, name_key, country, has_domain, normaliser)
    values ($1, $2, $3, $4, $5, cardinality($6::text[]) > 0, $7)
    returning *
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, after)
    select tenant_id, 'account.created', 'account', account_id, version, to_jsonb(made) from made
), known as (
    insert into account_domain (tenant_id, account_id, domain, normaliser)
    select made.tenant_id, made.account_id, wanted.domain, $7
      from made, unnest($6::text[]) as wanted (domain)
    returning *
), known_logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, after)
    select tenant_id, 'account_domain.created', 'account_domain', account_domain_id, 1, to_jsonb(known) from known
)
select account_id from made;

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
