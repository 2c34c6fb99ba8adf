-- Which claim counts, who leads and who sees a deal follow from its claims by a rule of the domain. For the owner
-- (tandem doctor --claim-check): every deal that has a claim or says so, one row for each claim, across tenants.

create function claim_check_rows()
returns table (tenant text, opportunity uuid, counting_claim uuid, attribution int2, lead_claims boolean,
               partners_agree boolean, id uuid, value int2, kind int2, signed_by_both boolean, disputed boolean,
               late boolean, of_lead boolean, deadline_at timestamptz, created_at timestamptz, mark_agrees boolean)
language sql stable as $$
    select t.key, o.id, o.counting_claim, o.attribution,
           coalesce(o.lead_partner_id = any (whole.partners), false),
           (select coalesce(array_agg(p order by p), '{}') from unnest(o.partner_ids) p)
               = coalesce(whole.partners, '{}'),
           c.id, c.value, c.kind, signed.by_both or c.counts_as_stated, c.disputed_at is not null, c.late,
           c.partner_id = o.lead_partner_id, c.deadline_at, c.created_at, (c.signed_at is not null) = signed.by_both
      from opportunity o
      join tenant t on t.tenant_id = o.tenant_id
      left join claim c on c.tenant_id = o.tenant_id and c.opportunity_id = o.opportunity_id
     cross join lateral (
           select array_agg(w.partner_id order by w.partner_id) as partners
             from claim w where w.tenant_id = o.tenant_id and w.opportunity_id = o.opportunity_id) whole
     cross join lateral (
           select count(*) = 2 as by_both
             from signoff s
            where s.tenant_id = c.tenant_id and s.claim_id = c.claim_id and s.claim_version = c.claim_version
              and s.decision = 1) signed
     where c.claim_id is not null or o.attribution <> 0 or o.counting_claim is not null or o.partner_ids <> '{}'
     order by o.tenant_id, o.opportunity_id, c.claim_id
$$;
