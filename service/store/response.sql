-- name: response_groups
-- Registrations whose stamp lies on the days $2 to $3 of the zone $4, counted by partner and by what the domain judges.
select p.id as partner, p.name as partner_name, s.state, s.responded_at is not null as answered, s.past_respond_by,
       count(*) as registrations
  from registration_shown s
  join partner p on p.tenant_id = $1 and p.partner_id = s.partner_id
 where s.tenant_id = $1
   and s.submitted_at >= $2::date::timestamp at time zone $4
   and s.submitted_at < ($3::date + 1)::timestamp at time zone $4
 group by p.name, p.id, s.state, answered, s.past_respond_by
 order by p.name, p.id;
