-- columns: registration_shown
registration_id, id, partner_id, partner, account_id, account, product_family, external_id, content_hash, state,
submitted_at, respond_by, customer_name, customer_domains, customer_country, contact_name, contact_email, need,
amount_minor, currency, close_date, partner_rep_name, partner_rep_email, acting_for, verdict, verdict_rule,
conflict_with, reason_code, reason, protected_until, opportunity, version, change_fields, change_text,
change_is_correction, expires_at, deal_status, resolution, resolution_reason, responded_at,
past_respond_by;

-- name: registration_prepare
-- What a submission needs to know: the partner it is for (the caller's own when none is named), and the local time
-- from which answers are counted.
select p.partner_id, p.id as partner, local.at::date as local_date,
       (extract(epoch from local.at::time) * 1000000)::int8 as time_of_day_us, policy_now.respond_business_days,
       policy_now.changes_business_days, policy_now.submissions_per_day, policy_now.work_week, policy_now.holidays
  from partner p
 cross join policy_now
 cross join (select tandem_now() at time zone $3 as at) local
 where p.tenant_id = $1 and tandem_sees_partner(p.partner_id) and ($2::uuid is null or p.id = $2);

-- name: registration_day_lock
-- A statement of its own: who waits here counts afterwards what the other one submitted.
select pg_advisory_xact_lock(hashtextextended('submissions ' || $2::int8, $1));

-- name: registration_day
-- How much the partner has submitted on the tenant's day, counted no further than the policy allows.
select policy_now.submissions_per_day, today.submitted,
       ceil(extract(epoch from day.ends_at - tandem_now()))::int8 as seconds_left
  from policy_now
 cross join (select tandem_today()::timestamp at time zone $3 as starts_at,
                    (tandem_today() + 1)::timestamp at time zone $3 as ends_at) day
 cross join lateral (
     select count(*) as submitted
       from (select from registration r
              where r.tenant_id = $1 and r.partner_id = $2 and r.submitted_at >= day.starts_at
                and r.submitted_at < day.ends_at
              limit policy_now.submissions_per_day) r) today;

-- name: registration_external_id_lock
-- A statement of its own: who waits here sees afterwards what the other one stored.
select pg_advisory_xact_lock(hashtextextended('registration ' || $2::int8 || ' ' || $3, $1));

-- name: registration_by_external_id
select :registration_shown
  from registration_shown
 where tenant_id = $1 and partner_id = $2 and external_id = $3;

-- name: registration_by_id
select :registration_shown
  from registration_shown
 where tenant_id = $1 and id = $2 and tandem_sees_partner(partner_id);

-- name: registration_receipt
-- With the newest submission: who sent it, when, and as which version.
select :registration_shown, sent.sent_version, sent.sent_at, sender.person as sender
  from registration_shown
 cross join lateral (
     select e.aggregate_version as sent_version, e.effective_at as sent_at, e.actor_id
       from event e
      where e.tenant_id = $1 and e.aggregate = 'registration' and e.aggregate_id = registration_shown.registration_id
        and e.kind in ('registration.submitted', 'registration.resubmitted')
      order by e.aggregate_version desc limit 1) sent
  left join lateral (select person.id from person
                      where person.tenant_id = $1 and person.person_id = sent.actor_id) sender (person) on true
 where tenant_id = $1 and id = $2 and tandem_sees_partner(partner_id);

-- name: registration_page
select :registration_shown
  from registration_shown
 where tenant_id = $1 and tandem_sees_partner(partner_id)
   and ($2::int2 is null or state = $2)
   and ($3::text is null or external_id = $3)
   and ($4::timestamptz is null or updated_at >= $4)
   and ($5::uuid is null or id < $5)
 order by id desc
 limit $6;

-- name: registration_candidates
select kind, id, account_id, same_partner, state, product_family, submitted_at, protected, matched, similar_keys, deal
  from conflict_candidates($2, $3, $4, $5, $6, $7)
 where tandem_tenant() = $1;

-- name: registration_insert
with made as (
    insert into registration (tenant_id, id, partner_id, account_id, product_family, external_id, content_hash, state,
                              respond_by, customer_name, customer_domains, customer_country, contact_name,
                              contact_email, need, amount_minor, currency, close_date, partner_rep_name,
                              partner_rep_email, submitted_by, acting_for, verdict, verdict_rule, conflict_with)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9::timestamp at time zone $10, $11, $12, $13, $14, $15, $16, $17, $18,
            $19, $20, $21, tandem_person(), $22, $23, $24, $25)
    returning *
), logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, partner_id, after)
    select tenant_id, 'registration.submitted', 'registration', registration_id, version, partner_id, to_jsonb(made)
      from made
)
select registration_id from made;

-- name: registration_lock
select r.registration_id, coalesce(p.manager_id = tandem_person(), false) as manages
  from registration r
  join partner p on p.tenant_id = r.tenant_id and p.partner_id = r.partner_id
 where r.tenant_id = $1 and r.id = $2
   for update of r;

-- name: registration_nominees
-- One row for each nominee who is there. A representative given by e-mail may be a person of the partner already.
select part.name as part, p.person_id, p.roles, p.active, coalesce(own.manager_id = p.person_id, false) as manages,
       $6 = any (p.partner_ids) as of_partner
  from (values ('ae', $2::uuid), ('partner_manager', $3::uuid), ('partner_rep', $4::uuid)) part (name, id)
  join partner own on own.tenant_id = $1 and own.partner_id = $6
  join lateral (
      select candidate.*
        from person candidate
       where candidate.tenant_id = $1
         and (candidate.id = part.id
              or part.name = 'partner_rep' and part.id is null and candidate.roles = 1 and candidate.active
                 and lower(candidate.email) = lower($5) and $6 = any (candidate.partner_ids))
       order by candidate.subject is null, candidate.person_id
       limit 1) p on true;

-- name: registration_approval_facts
-- The sourced rule is that of the submission; windows are those of the approval. The partner's own earlier deal, one that
-- it claimed by then, does not count against it. What was recorded after the submission and is dated at or before it contradicts what was known.
select policy_now.window_hours, policy_now.protection_days,
       (select p.sourced_rule_version from policy_course p
         where p.tenant_id = $1 and p.effective_at <= $4::timestamptz
         order by p.effective_at desc, p.policy_version desc limit 1) as sourced_rule_version,
       (select max(m.model_version) from stage_model m where m.tenant_id = $1) as model_version,
       (select min(e.engaged_at) from engagement e
         where e.tenant_id = $1 and e.account_id = $2 and e.product_family = $3
           and (e.recorded_at <= $4 or e.engaged_at > $4)) as first_known_at,
       contradiction.activity_id as contradicting_activity, contradiction.engaged_at as contradicted_at,
       exists (select from opportunity o
                where o.tenant_id = $1 and o.account_id = $2 and o.product_family = $3
                  and deal_was_anothers(o, $5, $4, t.time_zone)) as open_deal
  from policy_now
  join tenant t on t.tenant_id = $1
  left join lateral (select e.activity_id, e.engaged_at from engagement e
                      where e.tenant_id = $1 and e.account_id = $2 and e.product_family = $3
                        and e.recorded_at > $4 and e.engaged_at <= $4
                      order by e.engagement_id limit 1) contradiction on true;

-- name: registration_approve
-- The representative, the deal, its claim and the registration itself, each with its event, in one statement.
with rep as (
    insert into person (tenant_id, id, name, email, roles, partner_ids)
    select $1, $4::uuid, $5, $6, 1, array[r.partner_id]
      from registration r
     where r.tenant_id = $1 and r.registration_id = $2 and $3::int8 is null
    returning *
), rep_logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, after)
    select tenant_id, 'person.created', 'person', person_id, version, to_jsonb(rep) from rep
), deal as (
    insert into opportunity (tenant_id, id, account_id, name, product_family, amount_minor, currency, close_date,
                             owner_id, partner_manager_id, partner_rep_id, lead_partner_id, partner_ids, counting_claim,
                             attribution, model_version, vendor_stage, partner_stage, stage_entered_at, created_at,
                             refreshed_at)
    select r.tenant_id, $7, r.account_id, $8, r.product_family, r.amount_minor, r.currency, r.close_date, $9, $10,
           coalesce($3, (select person_id from rep)), r.partner_id, array[r.partner_id], $13, $11, $12, 1, 1, tandem_now(), tandem_now(),
           tandem_now()
      from registration r
     where r.tenant_id = $1 and r.registration_id = $2
    returning *
), deal_logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
    select tenant_id, 'opportunity.created', 'opportunity', opportunity_id, version, opportunity_id, lead_partner_id,
           to_jsonb(deal)
      from deal
), claimed as (
    insert into claim (tenant_id, id, opportunity_id, partner_id, registration_id, value, kind, content_hash,
                       deadline_at, late, sourced_passed, sourced_reason)
    select tenant_id, $13, opportunity_id, lead_partner_id, $2, $11, $14, $15, $16, false, $17, $18 from deal
    returning *
), claim_logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
    select tenant_id, 'claim.created', 'claim', claim_id, version, opportunity_id, partner_id, to_jsonb(claimed)
      from claimed
), approved as (
    update registration r
       set state = $19, approved_at = tandem_now(), protected_until = tandem_now() + $20 * interval '24 hours',
           responded_at = coalesce(responded_at, tandem_now()), decided_by = tandem_person(), verdict = $21,
           verdict_rule = $22, conflict_with = $23, resolution = $24, resolution_reason = $25,
           opportunity_id = deal.opportunity_id, updated_at = tandem_now(), version = r.version + 1
      from deal
     where r.tenant_id = $1 and r.registration_id = $2
    returning r.*
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
select tenant_id, 'registration.approved', 'registration', registration_id, version, opportunity_id, partner_id,
       to_jsonb(approved)
  from approved;

-- name: registration_rep_insert
-- Who acts for the partner ($2) becomes a person of its own, bound to a login later.
with rep as (
    insert into person (tenant_id, id, name, email, roles, partner_ids)
    values ($1, $3, $4, $5, 1, array[$2::int8])
    returning *
), rep_logged as (
    insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, after)
    select tenant_id, 'person.created', 'person', person_id, version, to_jsonb(rep) from rep
)
select person_id from rep;

-- name: registration_link
-- Approved, on a deal that stands already: nothing is protected.
with approved as (
    update registration
       set state = $3, approved_at = tandem_now(), responded_at = coalesce(responded_at, tandem_now()),
           decided_by = tandem_person(), verdict = $4, verdict_rule = $5, conflict_with = $6, resolution = $7,
           resolution_reason = $8, opportunity_id = $9, updated_at = tandem_now(), version = version + 1
     where tenant_id = $1 and registration_id = $2
    returning *
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, after)
select tenant_id, 'registration.approved', 'registration', registration_id, version, opportunity_id, partner_id,
       to_jsonb(approved)
  from approved;

-- name: registration_reject
with rejected as (
    update registration
       set state = $3, reason_code = $4, reason = $5, responded_at = coalesce(responded_at, tandem_now()),
           decided_by = tandem_person(), updated_at = tandem_now(), version = version + 1
     where tenant_id = $1 and registration_id = $2
    returning *
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, partner_id, reason, after)
select tenant_id, 'registration.rejected', 'registration', registration_id, version, partner_id, reason,
       to_jsonb(rejected)
  from rejected;

-- name: registration_request_changes
with asked as (
    update registration
       set state = $3, change_fields = $4, change_text = $5, change_is_correction = $6,
           expires_at = $7::timestamp at time zone $8, responded_at = coalesce(responded_at, tandem_now()),
           updated_at = tandem_now(), version = version + 1
     where tenant_id = $1 and registration_id = $2
    returning *
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, partner_id, reason, after)
select tenant_id, 'registration.changes_requested', 'registration', registration_id, version, partner_id, change_text,
       to_jsonb(asked)
  from asked;

-- name: registration_resubmit
-- A new stamp is a new submission: it is due anew, and has not been answered.
with sent as (
    update registration
       set state = $3, account_id = $4, product_family = $5, content_hash = $6, customer_name = $7,
           customer_domains = $8, customer_country = $9, contact_name = $10, contact_email = $11, need = $12,
           amount_minor = $13, currency = $14, close_date = $15, partner_rep_name = $16, partner_rep_email = $17,
           verdict = $18, verdict_rule = $19, conflict_with = $20,
           submitted_at = case when $21::boolean then submitted_at else tandem_now() end,
           respond_by = case when $21 then respond_by else $22::timestamp at time zone $23 end,
           responded_at = case when $21 then responded_at end,
           change_fields = null, change_text = null, change_is_correction = null, expires_at = null,
           updated_at = tandem_now(), version = version + 1
     where tenant_id = $1 and registration_id = $2
    returning *
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, partner_id, after)
select tenant_id, 'registration.resubmitted', 'registration', registration_id, version, partner_id, to_jsonb(sent)
  from sent;

-- name: registration_extend
-- A protection that has ended is taken up again from now; another one that began in between stands against it.
with extended as (
    update registration
       set protected_until = greatest(protected_until, tandem_now()) + $3 * interval '24 hours', protection_over = false,
           updated_at = tandem_now(), version = version + 1
     where tenant_id = $1 and registration_id = $2
    returning *
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, partner_id, reason,
                   after)
select tenant_id, 'registration.extended', 'registration', registration_id, version, opportunity_id, partner_id, $4,
       to_jsonb(extended)
  from extended;

-- name: registration_withdraw
with withdrawn as (
    update registration
       set state = $3, updated_at = tandem_now(), version = version + 1
     where tenant_id = $1 and registration_id = $2
    returning *
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, partner_id, reason, after)
select tenant_id, 'registration.withdrawn', 'registration', registration_id, version, partner_id, $4,
       to_jsonb(withdrawn)
  from withdrawn;
