-- Rows are a projection of events: rebuilt from the newest image of each aggregate they must be what stands in the
-- tables. Personal members stand in no image; their digest does, and follows from them. For the owner (tandem doctor --rebuild-check): it looks across tenants.

create function rebuild_check()
returns table (aggregate text, current_rows int8, without_event int8, without_row int8, different int8, gaps int8)
language plpgsql stable as $$
begin
    for aggregate in
        values ('account'), ('account_domain'), ('claim'), ('confirmation'), ('confirmation_link'), ('crm_link'),
               ('crm_source'), ('delegation'), ('engagement'), ('evidence'), ('opportunity'), ('partner'), ('person'),
               ('policy'), ('rate'), ('registration'), ('signoff'), ('target'), ('webhook_endpoint')
    loop
        return query execute format($check$
            with latest as (
                select distinct on (e.tenant_id, e.aggregate_id) e.tenant_id, e.aggregate_id, e.aggregate_version,
                       count(*) over (partition by e.tenant_id, e.aggregate_id) as images,
                       to_jsonb(jsonb_populate_record(null::%1$I, e.after)) - personal_members(%1$L) as rebuilt
                  from event e where e.aggregate = %1$L
                 order by e.tenant_id, e.aggregate_id, e.aggregate_version desc
            ), standing as (
                select t.tenant_id, t.%2$I as aggregate_id, to_jsonb(t) - personal_members(%1$L) as image from %1$I t
            )
            select %1$L, count(s.image), count(*) filter (where l.rebuilt is null),
                   count(*) filter (where s.image is null),
                   count(*) filter (where s.image is distinct from l.rebuilt and s.image is not null
                                      and l.rebuilt is not null),
                   count(*) filter (where l.images <> l.aggregate_version)
              from standing s full join latest l using (tenant_id, aggregate_id)
        $check$, aggregate, aggregate || '_id');
    end loop;
end $$;
