-- Events out. An outbox row is written in the transaction of its event, so that neither is without the other; it gets its
-- place in the tenant's feed after that, when the transaction can be seen. A cursor over event_id would skip an event whose
-- transaction began early and commits late; a place that is given to what is seen, and only once, cannot. Whoever sees an
-- event sees all that were written under the same lock before it, so a deal's events are numbered in the order of its lock.

create table outbox (
    tenant_id      int4 not null, -- of event; no foreign keys: the same transaction writes both, and nothing is deleted
    event_id       int8 not null,
    opportunity_id int8,
    number         int8, -- place in the tenant's feed, from 1 on without gaps; null: not yet numbered
    sequence       int8, -- the same among the events of the deal
    primary key (tenant_id, event_id),
    constraint outbox_number_once unique (tenant_id, number),
    constraint outbox_sequence_once unique (tenant_id, opportunity_id, sequence),
    constraint outbox_numbered_whole check ((sequence is null) = (number is null or opportunity_id is null))
);
call tenant_table('outbox', :'daemon_role', 'select, update');
create index outbox_waiting on outbox (tenant_id, event_id) where number is null;

-- What is published: registrations, deals, claims, and evidence with its confirmations. Nothing else of the log goes out.
-- For each statement and not for each row: an import writes thousands at once.
create function event_into_outbox() returns trigger language plpgsql
    security definer set search_path = pg_catalog, public as $$
begin
    insert into outbox (tenant_id, event_id, opportunity_id)
    select added.tenant_id, added.event_id, added.opportunity_id
      from added
     where split_part(added.kind, '.', 1) in ('registration', 'opportunity', 'claim', 'evidence');
    return null;
end $$;
create trigger event_into_outbox after insert on event referencing new table as added
    for each statement execute function event_into_outbox();

-- The last place given. Its row is the lock of whoever gives the next ones.
create table feed_head (
    tenant_id int4 not null references tenant,
    number    int8 not null default 0,
    primary key (tenant_id)
);
call tenant_table('feed_head', :'daemon_role', 'select, insert, update');

-- An event as readers outside get it: with the image before it, and the deal and its registration as the event's transaction
-- left them. Everything follows from the log, so a repeated delivery has the same content.
create view feed_sheet with (security_invoker) as
select o.tenant_id,
       o.number,
       o.sequence,
       e.event_id,
       e.id,
       e.kind,
       e.aggregate,
       e.aggregate_id,
       e.aggregate_version,
       e.partner_id,
       e.effective_at,
       e.recorded_at,
       e.after ->> 'id'               as subject,
       e.after,
       b.after                        as before,
       b.partner_id                   as before_partner_id,
       null::jsonb                    as people, -- nobody's name leaves this way
       (select jsonb_object_agg(p.partner_id, jsonb_build_object('partner_id', p.id, 'name', p.name))
          from partner p
         where p.tenant_id = o.tenant_id
           and p.partner_id in ((e.after ->> 'partner_id')::int8, (e.after ->> 'lead_partner_id')::int8,
                                (b.after ->> 'lead_partner_id')::int8)) as partners,
       (select jsonb_object_agg(s.number, s.key)
          from stage s
         where s.tenant_id = o.tenant_id and s.model_version = (e.after ->> 'model_version')::int4) as stages,
       (select jsonb_object_agg(s.number, s.key)
          from stage s
         where s.tenant_id = o.tenant_id and s.model_version = (b.after ->> 'model_version')::int4) as stages_before,
       deal.after ->> 'id'            as opportunity,
       (deal.after ->> 'attribution')::int2 as attribution,
       (deal.after ->> 'status')::int2 as status,
       vendor_stage.key               as vendor_stage,
       partner_stage.key              as partner_stage,
       deal.after ->> 'crm_source'    as crm_source,
       deal.after ->> 'external_id'   as external_id,
       own.partner_id                 as registration_partner_id,
       own.after ->> 'id'             as registration,
       own.after ->> 'external_id'    as registration_external_id,
       (own.after ->> 'state')::int2  as registration_state
  from outbox o
  join event e on e.tenant_id = o.tenant_id and e.event_id = o.event_id
  left join lateral (select p.after, p.partner_id
                       from event p
                      where p.tenant_id = e.tenant_id and p.aggregate = e.aggregate and p.aggregate_id = e.aggregate_id
                        and p.aggregate_version < e.aggregate_version
                      order by p.aggregate_version desc
                      limit 1) b on true
  -- What one transaction writes about a deal has ids close together; the later ones of it are looked for that far only.
  left join lateral (select p.after
                       from event p
                      where p.tenant_id = e.tenant_id and p.opportunity_id = e.opportunity_id
                        and p.aggregate = 'opportunity' and p.event_id < e.event_id + 100
                        and (p.event_id <= e.event_id or p.xid = e.xid)
                      order by p.event_id desc
                      limit 1) deal on true
  left join lateral (select p.after, p.partner_id
                       from event p
                      where e.aggregate <> 'registration' and p.tenant_id = e.tenant_id
                        and p.opportunity_id = e.opportunity_id and p.aggregate = 'registration'
                        and p.event_id < e.event_id + 100 and (p.event_id <= e.event_id or p.xid = e.xid)
                      order by p.event_id desc
                      limit 1) linked on true
 cross join lateral (select case when e.aggregate = 'registration' then e.after else linked.after end as after,
                            case when e.aggregate = 'registration' then e.partner_id else linked.partner_id end
                                as partner_id) own
  left join stage vendor_stage on vendor_stage.tenant_id = o.tenant_id
        and vendor_stage.model_version = (deal.after ->> 'model_version')::int4
        and vendor_stage.number = (deal.after ->> 'vendor_stage')::int2
  left join stage partner_stage on partner_stage.tenant_id = o.tenant_id
        and partner_stage.model_version = (deal.after ->> 'model_version')::int4
        and partner_stage.number = (deal.after ->> 'partner_stage')::int2
 where o.number is not null;
grant select on feed_sheet to :daemon_role;

-- Tenants whose events wait for their place: the service may not look across tenants, so this runs as the owner.
create function outbox_tenants() returns table (tenant_id int4)
language sql stable security definer set search_path = pg_catalog, public
begin atomic
    select t.tenant_id from tenant t
     where exists (select from outbox o where o.tenant_id = t.tenant_id and o.number is null);
end;
revoke execute on function outbox_tenants() from public;
grant execute on function outbox_tenants() to :daemon_role;
