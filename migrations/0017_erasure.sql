-- What an erased person leaves outside its own row and the registrations that name it: who stood behind a portal, beside
-- the images of events, and answers that are kept for a day. Runs as the owner, because the service may change neither;
-- for the tenant of the setting, never of an argument.

create function erase_traces(person_name text, person_email text, person_subject text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare
    personal text;
begin
    update event set acting_for = null
     where tenant_id = tandem_tenant() and acting_for is not null
       and lower(acting_for ->> 'email') = lower(person_email);
    delete from idempotency where tenant_id = tandem_tenant() and subject = person_subject;
    foreach personal in array array[person_name, person_email, person_subject] loop
        update idempotency set body = replace(body, to_json(personal)::text, 'null')
         where tenant_id = tandem_tenant() and strpos(body, to_json(personal)::text) > 0;
    end loop;
end $$;
revoke execute on function erase_traces(text, text, text) from public;
grant execute on function erase_traces(text, text, text) to :daemon_role;
