-- name: confirmation_link_insert
-- A newer link ends those that ask the same person for some of the same and were not used.
with replaced as (
    update confirmation_link
       set replaced_at = tandem_now(), version = version + 1
     where tenant_id = $1 and opportunity_id = $3 and person_id = $5 and used_at is null and replaced_at is null
       and (criteria && $6::text[] or proposed_at is not null and $9::timestamptz is not null)
 returning *
), made as (
    insert into confirmation_link (tenant_id, token_hash, opportunity_id, partner_id, person_id, criteria,
                                   evidence_versions, proposed_stage, proposed_at, expires_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, tandem_now() + $10::int4 * interval '24 hours')
 returning *
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
    select tenant_id, 'confirmation_link.created', 'confirmation_link', confirmation_link_id, version, opportunity_id,
           partner_id, to_jsonb(made)
      from made
     union all
    select tenant_id, 'confirmation_link.replaced', 'confirmation_link', confirmation_link_id, version, opportunity_id,
           partner_id, to_jsonb(replaced)
      from replaced
)
select id, expires_at from made;

-- name: confirmation_link_lock
-- Of two uses at once the second waits here, and then reads that the link was used.
select l.confirmation_link_id from confirmation_link l where l.tenant_id = $1 and l.token_hash = $2 for update;

-- name: confirmation_link_find
-- One row for each criterion that is asked about; one row without a criterion when there is none.
select l.confirmation_link_id, l.id, l.created_at, l.expires_at, l.used_at, l.replaced_at, l.proposed_stage, l.proposed_at,
       o.id as opportunity, o.name as opportunity_name, account.name as account_name,
       person.id as person, person.name as person_name, creator.id as creator, creator.name as creator_name,
       asked.criterion, asked.evidence_version
  from confirmation_link l
  join person on person.tenant_id = l.tenant_id and person.person_id = l.person_id
  join person creator on creator.tenant_id = l.tenant_id and creator.person_id = l.creator_id
  left join opportunity o on o.tenant_id = l.tenant_id and o.opportunity_id = l.opportunity_id
  left join account on account.tenant_id = o.tenant_id and account.account_id = o.account_id
  left join lateral unnest(l.criteria, l.evidence_versions) with ordinality asked (criterion, evidence_version, place)
         on true
 where l.tenant_id = $1 and l.token_hash = $2
 order by asked.place;

-- name: confirmation_link_use
with used as (
    update confirmation_link
       set used_at = tandem_now(), decision = $3, version = version + 1
     where tenant_id = $1 and confirmation_link_id = $2
 returning *
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, reason, after)
select tenant_id, 'confirmation_link.used', 'confirmation_link', confirmation_link_id, version, opportunity_id, partner_id,
       $4, to_jsonb(used)
  from used;
