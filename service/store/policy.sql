-- name: policy_in_force
select policy_version, window_hours, protection_days, protection_extension_days, respond_business_days,
       changes_business_days, extension_days_max, submissions_per_day, stale_hours, stalled_days, proposal_days, backdated_business_days, coverage_low_percent, coverage_high_percent,
       sourced_rule_version, commit_basis_points, best_case_basis_points, pipeline_basis_points
  from policy_now
 where tenant_id = $1;
