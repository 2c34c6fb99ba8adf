-- Everything a registration may conflict with. A partner's request has to look past its own rows here, so the function
-- runs as the owner, for the tenant of the setting and never of an argument; it answers facts for the rule
-- (registration_verdict), and nothing of it reaches the partner. PL/pgSQL with a generic plan, because planning this
-- costs ten times what running it does, and a function of language sql that cannot be inlined is planned on every call.
-- The plan is bound to the indexes: made while the tables are empty it has to hold when they have grown. Similar names
-- come with their keys, an account's own and its aliases': which of them are similar is the rule's to say
-- (name_similarity). A deal is the partner's own when the partner claims it, whoever leads.
-- An account that was merged away is a further name of the one that it is.

create function conflict_candidates(own_account int8, own_name_key text, own_domains text[], own_country text,
                                    own_registration int8, own_partner int8)
returns table (kind text, id uuid, account_id int8, same_partner boolean, state int2, product_family text,
               submitted_at timestamptz, protected boolean, matched text, similar_keys jsonb, deal uuid)
language plpgsql stable security definer
set search_path = pg_catalog, public set plan_cache_mode = force_generic_plan set enable_seqscan = off
set enable_hashjoin = off set enable_mergejoin = off as $$
#variable_conflict use_column
begin
    return query with matching (account_id, matched, rank, similar_key) as (
        select d.account_id, 'domain', 1, null
          from account_domain d
         where d.tenant_id = tandem_tenant() and d.domain = any (own_domains)
        union all
        select coalesce(a.merged_into_id, a.account_id), 'name', 2, null
          from account a
         where a.tenant_id = tandem_tenant() and a.name_key = own_name_key
           and (a.country is null or own_country is null or a.country = own_country)
        union all
        select coalesce(a.merged_into_id, a.account_id), 'name', 2, null
          from account a
         where a.alias_keys @> array[own_name_key] and a.tenant_id = tandem_tenant()
           and (a.country is null or own_country is null or a.country = own_country)
        union all
        select own_account, 'account', 3, null where own_account is not null
        union all
        select coalesce(a.merged_into_id, a.account_id), 'similar', 4, a.name_key
          from account a
         where name_neighbours(a.tenant_id, a.name_key) && name_neighbours(tandem_tenant(), own_name_key)
           and a.tenant_id = tandem_tenant() and a.name_key <> own_name_key
           and (a.country is null or own_country is null or a.country = own_country)
        union all
        select a.account_id, 'similar', 4, alias.key
          from account a
         cross join unnest(a.alias_keys) alias (key)
         where alias_neighbours(a.tenant_id, a.alias_keys) && name_neighbours(tandem_tenant(), own_name_key)
           and a.alias_keys <> '{}' and a.tenant_id = tandem_tenant() and alias.key <> own_name_key
           and (a.country is null or own_country is null or a.country = own_country)
    ), matched_account as (
        select m.account_id, (array_agg(m.matched order by m.rank))[1] as matched,
               case when min(m.rank) = 4 then jsonb_agg(m.similar_key) end as similar_keys
          from matching m
         group by m.account_id
    )
    select 'account', a.id, a.account_id, false, null::int2, null::text, null::timestamptz, false, m.matched,
           m.similar_keys, null::uuid
      from matched_account m
      join account a on a.tenant_id = tandem_tenant() and a.account_id = m.account_id
    union all
    select 'registration', r.id, r.account_id, r.partner_id = own_partner, r.state, r.product_family, r.submitted_at,
           r.state = 3, m.matched, m.similar_keys, deal.id
      from matched_account m
      join registration r on r.tenant_id = tandem_tenant() and r.account_id = m.account_id
      left join opportunity deal on deal.tenant_id = tandem_tenant() and deal.opportunity_id = r.opportunity_id
     where r.state in (1, 2, 3) -- in the words of registration_of_account, which is not used without them
       and (r.state <> 2 or tandem_now() < r.expires_at)
       and (r.state <> 3 or tandem_now() < r.protected_until)
       and r.registration_id is distinct from own_registration
    union all
    select 'opportunity', o.id, o.account_id, own_partner = any (o.partner_ids), o.status, o.product_family, o.created_at,
           false, m.matched, m.similar_keys, o.id
      from matched_account m
      join opportunity o on o.tenant_id = tandem_tenant() and o.account_id = m.account_id and o.status = 1;
end $$;
revoke execute on function conflict_candidates(int8, text, text[], text, int8, int8) from public;
grant execute on function conflict_candidates(int8, text, text[], text, int8, int8) to :daemon_role;
