-- name: scope_enter
-- Who is acting: the function writes the transaction's settings and answers with this row (migrations/0001).
select tenant_id, person_id, person, partners, now_at, today, time_zone, currency, amount_basis,
       fiscal_start_month, go_live_at
  from scope_enter($1, $2, $3, $4, $5);

-- name: scope_act_for
select set_config('tandem.acting_for', $1, true) as acting_for;

-- name: tenant_by_key
select tenant_id from tenant where key = $1;

-- name: scope_enter_by_link
-- The same for whoever holds a confirmation link ($1: the hash of its token).
select tenant_id, person_id, person, partners, now_at, today, time_zone, currency, amount_basis,
       fiscal_start_month, go_live_at
  from scope_enter(null, null, true, null, $2, $1);
