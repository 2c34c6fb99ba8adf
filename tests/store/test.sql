-- name: test_insert
insert into test_value (id, body, amount_minor, currency, code, flag, at, day, texts, integers, ratio)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: test_by_id
select id, body, amount_minor, currency, code, flag, at, day, texts, integers, ratio,
       cardinality(texts) as text_count, texts[2] as second, (select sum(i) from unnest(integers) i) as total
  from test_value where id = $1;

-- name: test_set_body
update test_value set body = $2 where id = $1;

-- name: test_lock
select id from test_value where id = $1 for update;

-- name: test_all
-- A star on purpose: its columns change under the prepared plan.
select * from test_value where id = $1;

-- name: test_rule_insert
insert into test_rule (id) values ($1);

-- name: test_claim_insert
insert into test.claim (id) values ($1);

-- name: test_sleep
select pg_sleep($1) is null as slept;

-- name: test_divide
select $1::int4 / $2::int4 as n;

-- name: test_tenant
select tandem_tenant() as tenant_id, current_setting('tandem.partners') as partners, $1::text as echo;

-- name: test_people
-- No tenant in the condition: row security alone decides.
select count(*) as n, min(tenant_id) as tenant_id from person;

-- name: test_count
select count(*) as n from test_value;

-- name: test_suicide
select pg_terminate_backend(pg_backend_pid()), pg_sleep(0.3);

-- name: test_copy_table
create temporary table if not exists test_staged (id int8, body text, day date, code int8 check (code < 100))
    on commit delete rows;

-- name: test_copy
copy test_staged from stdin;

-- name: test_copy_count
-- late
select count(*) as n from test_staged where body = $1;

-- name: test_copy_keep
-- late
-- Reads the table of the connection.
insert into test_copied (id, body, day) select id, body, day from test_staged;
