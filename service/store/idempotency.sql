-- name: idempotency_lock
-- Held until the transaction ends; false when another transaction holds it.
select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as locked;

-- name: idempotency_wait
select pg_advisory_xact_lock(hashtextextended($1, 0));

-- name: idempotency_find
select request_hash, status, etag, location, body
  from idempotency
 where tenant_id = $1 and subject = $2 and method = $3 and path = $4 and key = $5;

-- name: idempotency_insert
insert into idempotency (tenant_id, subject, method, path, key, request_hash, status, etag, location, body)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);
