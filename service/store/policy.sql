-- columns: policy_members
-- The whole numbers of a policy, by the names of domain/policy.c.
window_hours, protection_days, protection_extension_days, respond_business_days, changes_business_days,
extension_days_max, submissions_per_day, stale_hours, stalled_days, proposal_days, backdated_business_days,
coverage_low_percent, coverage_high_percent, sourced_rule_version, commit_basis_points, best_case_basis_points,
pipeline_basis_points;

-- name: policy_in_force
select policy_version, :policy_members
  from policy_now
 where tenant_id = $1;

-- name: policy_course
-- The version in force and after it the one that is scheduled, if there is one.
select p.policy_version, p.effective_at, p.created_at, p.work_week, p.holidays, person.id as person,
       person.name as person_name, :policy_members
  from policy_course p
  left join person on person.tenant_id = p.tenant_id and person.person_id = p.set_by
 where p.tenant_id = $1 and p.effective_at >= (select effective_at from policy_now)
 order by p.effective_at, p.policy_version;

-- name: policy_insert
-- $6 holds the members by name. $3 null: in force since before any deal, so that no instant is without a policy.
with made as (
    insert into policy (tenant_id, policy_version, effective_at, set_by, work_week, holidays, :policy_members)
    select $1, $2, coalesce($3, timestamptz '1970-01-01T00:00:00Z'), tandem_person(), $4, $5::jsonb, :policy_members
      from jsonb_to_record($6::jsonb) as sent (window_hours int4, protection_days int4, protection_extension_days int4, respond_business_days int4,
           changes_business_days int4, extension_days_max int4, submissions_per_day int4, stale_hours int4,
           stalled_days int4, proposal_days int4, backdated_business_days int4, coverage_low_percent int4,
           coverage_high_percent int4, sourced_rule_version int4, commit_basis_points int4,
           best_case_basis_points int4, pipeline_basis_points int4)
    returning *
)
insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, after)
select tenant_id, 'policy.set', 'policy', policy_id, 1, to_jsonb(made) from made;

-- name: policy_propose
-- For the rest of this transaction: the hours and days that turn into signals.
select set_config('tandem.proposed_stale_hours', $1::int4::text, true),
       set_config('tandem.proposed_stalled_days', $2::int4::text, true);
