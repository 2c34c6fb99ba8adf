"""The law of claims, signatures, stages and closing: support/law.py goes on. One method for each kind of event says what
must have been so before and what must be so after it; `settled` says what holds of a deal after every transaction."""
import datetime

from .law import (ADMIN, AE, BY_REGISTRATION, CRM, DAY, DECLINE, EXECUTIVE, HOUR, INFLUENCED, LEADER, LOST, MANAGER, OPEN,
                  PARTNER_MANAGER, PARTNER_SIDE, SIGN, SOURCED, VENDOR_SIDE, WON, Law, business_days, must)

WINDOW = 14 * 24 * HOUR
ASKED = {2: ["need", "budget", "reason_to_act", "joint_value"], 3: ["customer_evaluation", "close_plan"],
         4: ["open_approvals", "handoffs"], 5: ["outcome"]}
STAGE_OF = {criterion: stage for stage, criteria in ASKED.items() for criterion in criteria}
PROPOSAL = ("proposed_by_side", "proposed_stage", "proposed_by", "proposed_at", "proposal_days")
COUNTED = ("counting_claim", "attribution")


def stage(deal):
    return min(deal.vendor_stage, deal.partner_stage)


class LawOfDeals(Law):
    # -- claims ----------------------------------------------------------------------------------------------------
    def claims(self, deal_id):
        return [claim for claim in self.rows["claim"].values() if claim.opportunity_id == deal_id]

    def decisions(self, claim):
        return {s.role: s for s in self.rows["signoff"].values()
                if (s.claim_id, s.claim_version) == (claim.claim_id, claim.claim_version)}

    def signed(self, claim):
        """Two people in two roles on this version, both inside the window."""
        given = [s for s in self.decisions(claim).values() if s.decision == SIGN and s.decided_at <= claim.deadline_at]
        return {s.role for s in given} == {AE, MANAGER} and len({s.person_id for s in given}) == 2

    def state(self, claim, at):
        if claim.late:
            return "lapsed"
        if self.signed(claim) and not claim.disputed_at:
            return "signed"
        if at > claim.deadline_at:
            return "lapsed"
        declined = any(s.decision == DECLINE for s in self.decisions(claim).values())
        return "disputed" if claim.disputed_at or declined else "pending"

    def counting(self, deal):
        """Signed and undisputed, signed, unsigned, late; then the longer window, sourced, the lead's, the older."""
        def strength(claim):
            signed = self.signed(claim)
            rank = 3 if claim.late else 2 if not signed else 1 if claim.disputed_at else 0
            return (rank, 0 if signed else -claim.deadline_at.timestamp(), claim.value != SOURCED,
                    claim.partner_id != deal.lead_partner_id, claim.created_at, claim.id)
        return min(self.claims(deal.opportunity_id), key=strength)

    def works(self, event, deal, partner):
        """The owner, the partner's manager, the leader."""
        return (self.roles(event) & EXECUTIVE and deal.owner_id == event["actor_id"]) or self.manages(event, partner)

    def claim_created(self, event, row, _):
        deal = self.rows["opportunity"].get(row.opportunity_id) or self.beside("opportunity.created")[0]["row"]
        at = event["at"]
        must(row.deadline_at == deal.created_at + WINDOW, event, "the window is 14 x 24 h from the deal's creation")
        must(row.late == (at > row.deadline_at) and row.claim_version == 1 and not row.signed_at, event, "late is who comes after it")
        if row.registration_id:
            registration = self.rows["registration"][row.registration_id]
            known = [e for e in self.engaged(deal) if e.recorded_at <= registration.submitted_at or e.engaged_at > registration.submitted_at]
            value = self.by_rule(registration, deal, known)
            must(self.beside("registration.approved") and row.kind == BY_REGISTRATION, event, "an approval makes it")
            must(row.value == value, event, f"by the rule it is {value}")
            struck = value == SOURCED and len(known) < len(self.engaged(deal))
            must(bool(self.beside("claim.disputed")) == struck, event, "what was told meanwhile disputes it")
            return
        must(self.works(event, deal, row.partner_id), event, "owner, manager or leader claims")
        must(row.value == INFLUENCED and row.kind != BY_REGISTRATION, event, "by hand it is influence")
        must(deal.status == OPEN, event, "a closed deal takes no claim")
        must(row.partner_id not in {c.partner_id for c in self.claims(deal.opportunity_id)}, event, "one for each partner")

    def claim_renewed(self, event, row, before):
        deal = self.rows["opportunity"][row.opportunity_id]
        self.only(event, "value", "kind", "content_hash", "sourced_passed", "sourced_reason", "disputed_at", "dispute_reason",
                  "signed_at", "claim_version")
        must(self.works(event, deal, row.partner_id), event, "owner, manager or leader changes it")
        must(deal.status in (OPEN, WON) and not deal.resolved_at, event, "its attribution is settled")
        must(event["at"] <= row.deadline_at, event, "the window is over")
        must(row.claim_version == before.claim_version + 1 and not row.signed_at and not row.disputed_at, event, "it begins anew")
        value = INFLUENCED
        if row.registration_id and row.kind == BY_REGISTRATION:
            value = self.by_rule(self.rows["registration"][row.registration_id], deal, self.engaged(deal))
            value = INFLUENCED if before.sourced_reason == "open_deal" else value
        must(row.value == value, event, f"by the rule it is {value}")

    def claim_disputed(self, event, row, before):
        self.only(event, "disputed_at", "dispute_reason")
        must(not before.disputed_at and row.value == SOURCED, event, "nothing to dispute")
        must(self.beside("engagement.recorded") or self.beside("registration.approved"), event, "nothing speaks against it")

    def signature(self, event, row, decision):
        claim = self.rows["claim"][row.claim_id]
        deal, at, actor = self.rows["opportunity"][claim.opportunity_id], event["at"], event["actor_id"]
        others = self.decisions(claim)
        must(row.person_id == actor and row.decision == decision and row.decided_at == at, event, "each signs as itself")
        must(row.claim_version == claim.claim_version, event, "the newest version is signed")
        must(at <= claim.deadline_at and not claim.late, event, "the window is over")
        must(row.role not in others, event, "this role has decided")
        must(all(s.person_id != actor for s in others.values()), event, "two people sign")
        must(self.state(claim, at) != "disputed", event, "a dispute needs a new version")
        must(deal.status in (OPEN, WON) and not deal.resolved_at, event, "its attribution is settled")
        manager = self.rows["partner"][claim.partner_id].manager_id
        if row.role == AE:
            own, lent, needed = deal.owner_id == actor, self.lent(event, deal.owner_id, AE), EXECUTIVE
            other_signer = manager
        else:
            own = manager == actor or self.roles(event) & LEADER
            lent, needed, other_signer = self.lent(event, manager, MANAGER), PARTNER_MANAGER | LEADER, deal.owner_id
        must(self.roles(event) & needed and (own or lent), event, f"role {row.role} is not the signer's")
        must(own or (row.for_person_id and actor != other_signer), event, "never lent to the other signer")
        must(decision == SIGN or row.reason, event, "declining says why")

    def claim_signed(self, event, row, _):
        self.signature(event, row, SIGN)

    def claim_declined(self, event, row, _):
        self.signature(event, row, DECLINE)

    def claim_signed_by_both(self, event, row, _):
        self.only(event, "signed_at")
        must(row.signed_at == event["at"] and self.beside("claim.signed"), event, "nobody signed")

    def claim_view_stated(self, event, row, before):
        self.only(event, "view_amount_minor", "view_currency", "view_close_date", "view_stated_at", "view_version")
        must(self.of_partner(event, row.partner_id), event, "a partner says what it expects itself")
        must(self.rows["opportunity"][row.opportunity_id].status == OPEN, event, "the deal is over")
        must((row.view_version, row.view_stated_at) == (before.view_version + 1, event["at"]), event, "each time it is a version")

    def claim_resolved(self, event, row, before):
        self.only(event, "share_basis_points")
        must(self.state(before, event["at"]) == "signed", event, "only a signed claim has a share")

    def claim_unresolved(self, event, row, _):
        self.only(event, "share_basis_points")
        must(self.beside("opportunity.reopened") and row.share_basis_points is None, event, "nothing was reopened")

    # -- the deal --------------------------------------------------------------------------------------------------
    def side(self, event, deal):
        """Whose side the actor may act on: owner, manager of the lead, leader; the people of the lead."""
        if self.of_partner(event, deal.lead_partner_id):
            return PARTNER_SIDE
        return VENDOR_SIDE if self.works(event, deal, deal.lead_partner_id) else None

    def stands(self, deal):
        return deal and deal.status == OPEN and deal.lead_partner_id

    def newest(self, deal, criterion):
        given = [e for e in self.rows["evidence"].values() if (e.opportunity_id, e.criterion) == (deal.opportunity_id, criterion)]
        return max(given, key=lambda e: e.evidence_version, default=None)

    def confirmed(self, deal, criterion):
        """The sides that stand behind the newest version; None without evidence."""
        newest = self.newest(deal, criterion)
        return newest and {c.side for c in self.rows["confirmation"].values() if (c.opportunity_id, c.criterion, c.evidence_version)
                           == (deal.opportunity_id, criterion, newest.evidence_version)}

    def open_items(self, deal, number, at, sides=(VENDOR_SIDE, PARTNER_SIDE)):
        """What is missing to leave the stage: criteria, and for the first stage what is computed."""
        missing = [c for c in ASKED.get(number, []) if not set(sides) <= (self.confirmed(deal, c) or set())]
        missing += [c for c in ASKED.get(number, []) if self.confirmed(deal, c) is None]
        if number == 1:
            claim = next(c for c in self.claims(deal.opportunity_id) if c.id == deal.counting_claim)
            clean = claim.kind == BY_REGISTRATION or self.state(claim, at) == "signed"
            missing += ["clean_registration"] * (not clean)
            missing += ["owners_named"] * (not (deal.owner_id and deal.partner_rep_id))
        return missing

    def proposal(self, deal, at):
        return deal.proposed_by_side if deal.proposed_at and at <= deal.proposed_at + 14 * DAY else None

    def opportunity_created(self, event, row, _):
        by_approval = bool(self.beside("registration.approved"))
        must(row.status == OPEN and bool(row.lead_partner_id) == by_approval, event, "a deal begins open, and direct unless approved")
        must(row.vendor_stage == row.partner_stage == (1 if by_approval else None), event, "it begins in stage 1")
        must(by_approval or self.roles(event) & (EXECUTIVE | CRM), event, "an AE or the CRM makes a deal")

    def opportunity_claimed(self, event, row, before):
        claim = self.beside("claim.created")[0]["row"]
        if before.lead_partner_id:
            return self.only(event, "partner_ids")
        self.only(event, "lead_partner_id", "partner_ids", "partner_manager_id", "partner_rep_id", "model_version", "vendor_stage",
                  "partner_stage", "stage_entered_at", *COUNTED)
        must(row.lead_partner_id == claim.partner_id, event, "the first to claim leads")
        must(row.vendor_stage == row.partner_stage == 1, event, "it enters at the first gap")

    def opportunity_attributed(self, event, *_):
        self.only(event, *COUNTED)

    def opportunity_updated(self, event, row, before):
        self.only(event, "name", "amount_minor", "currency", "close_date", "owner_id", "category_call", "next_step", "crm_stage",
                  "stage_entered_at", "refreshed_at", "pushes", "partner_rep_id")
        crm = self.roles(event) & CRM
        must(crm or before.status == OPEN, event, "a closed deal is not edited")
        must(crm or self.works(event, before, before.lead_partner_id), event, "it is not the actor's")
        owned = {n for n in ("amount_minor", "close_date", "owner_id", "name", "category_call") if row[n] != before[n]}
        must(crm or not before.crm_source or not owned, event, f"the CRM owns {owned}")
        later = bool(before.close_date and row.close_date and row.close_date > before.close_date)
        must(row.pushes == before.pushes + later, event, "every later close date is a push")
        must((row.refreshed_at == event["at"]) or not owned - {"owner_id", "name"}, event, "it became fresh")
        must(row.refreshed_at == before.refreshed_at or owned - {"owner_id", "name"} or row.next_step != before.next_step
             or row.crm_stage != before.crm_stage, event, "nobody made it fresh")
        must(self.rows["person"][row.owner_id].roles & EXECUTIVE if row.owner_id else True, event, "an AE owns it")

    def opportunity_lead_changed(self, event, row, before):
        self.only(event, "lead_partner_id", "partner_manager_id", "partner_rep_id", *PROPOSAL)
        claim = next((c for c in self.claims(row.opportunity_id) if c.partner_id == row.lead_partner_id), None)
        must(before.status == OPEN and self.manages(event, before.lead_partner_id), event, "the lead's manager hands it over")
        must(claim and self.state(claim, event["at"]) != "lapsed", event, "only a live claim leads")
        must(row.lead_partner_id in self.rows["person"][row.partner_rep_id].partner_ids, event, "its rep is its own")
        must(not row.proposed_at, event, "a proposal was made to somebody else")

    def evidence_given(self, event, row, _):
        deal, newest = self.rows["opportunity"][row.opportunity_id], self.newest(row, row.criterion)
        must(self.stands(deal) and self.side(event, deal) == row.side, event, "it is not this side's to give")
        must(row.evidence_version == (newest.evidence_version if newest else 0) + 1, event, "versions follow one another")
        must(STAGE_OF[row.criterion] >= stage(deal), event, "what a left stage rests on stays")

    def evidence_confirmed(self, event, row, _):
        deal = self.rows["opportunity"][row.opportunity_id]
        must(self.stands(deal) and self.side(event, deal) == row.side, event, "it is not this side's to confirm")
        must(row.evidence_version == self.newest(row, row.criterion).evidence_version, event, "the newest is confirmed")
        must(row.side not in self.confirmed(deal, row.criterion), event, "this side has confirmed it")

    def moves(self, event, before):
        must(self.stands(before), event, "a closed or a direct deal has no stages")
        side = self.side(event, before)
        must(side, event, "the actor is on neither side of this deal")
        return side

    def opportunity_refreshed(self, event, row, before):
        self.only(event, "refreshed_at", *PROPOSAL)
        must(row.refreshed_at == event["at"] and self.moves(event, before), event, "it became fresh")
        must(not self.beside("evidence.given") or not row.proposed_at, event, "new evidence ends a proposal")

    opportunity_proposal_ended = opportunity_refreshed

    def opportunity_stage_proposed(self, event, row, before):
        side, at = self.moves(event, before), event["at"]
        self.only(event, "refreshed_at", *PROPOSAL)
        must((row.proposed_by_side, row.proposed_stage, row.proposed_at) == (side, stage(before) + 1, at), event, "the next stage")
        must(row.proposed_stage < 5, event, "the last stage is entered by closing")
        ended = self.beside("evidence.given")  # what comes with the call is new evidence
        must(ended or self.proposal(before, at) in (None, side), event, "it had been proposed: this confirms it")
        must(not self.open_items(row, stage(row), at, [side]), event, f"open: {self.open_items(row, stage(row), at, [side])}")

    def opportunity_stage_advanced(self, event, row, before):
        side, at, to = self.moves(event, before), event["at"], stage(before) + 1
        self.only(event, "vendor_stage", "partner_stage", "stage_entered_at", "refreshed_at", *PROPOSAL)
        must(not self.beside("evidence.given"), event, "new evidence ends a proposal")
        must(self.proposal(before, at) not in (None, side) and before.proposed_stage == to, event, "the other side has not proposed it")
        must(to < 5 and (row.vendor_stage, row.partner_stage) == (max(before.vendor_stage, to), max(before.partner_stage, to)),
             event, "one stage at a time")
        must(not self.open_items(row, to - 1, at), event, f"open: {self.open_items(row, to - 1, at)}")
        for registration in self.rows["registration"].values():
            runs = registration.opportunity_id == row.opportunity_id and registration.approved_at and at < registration.protected_until
            must(not runs or self.beside("registration.protection_extended"), event, "an advance extends the protection")

    def opportunity_proposal_declined(self, event, row, before):
        self.only(event, *PROPOSAL)
        must(self.proposal(before, event["at"]) not in (None, self.moves(event, before)) and event["reason"], event, "nothing to decline")

    def opportunity_proposal_withdrawn(self, event, row, before):
        self.only(event, *PROPOSAL)
        must(self.proposal(before, event["at"]) == self.moves(event, before), event, "nothing to take back")

    def opportunity_stage_lowered(self, event, row, before):
        own, other = ("vendor_stage", "partner_stage")[::1 if self.moves(event, before) == VENDOR_SIDE else -1]
        self.only(event, own, "stage_entered_at", "refreshed_at", *PROPOSAL)
        must(1 <= row[own] < before[own] and row[other] == before[other] and event["reason"], event, "a side lowers itself")

    # -- closing ---------------------------------------------------------------------------------------------------
    def opportunity_won(self, event, row, before):
        at, roles = event["at"], self.roles(event)
        today, closed_on = at.date(), datetime.date.fromisoformat(row.closed_on)
        must(before.status == OPEN and row.status in (WON, LOST), event, "it was over")
        must(bool(before.crm_source) == bool(roles & CRM), event, "the outcome of its CRM's deal is the CRM's")
        must(roles & (CRM | ADMIN) or self.works(event, before, before.lead_partner_id), event, "it is not the actor's")
        must(closed_on <= today, event, "the day has not come")
        back = business_days(closed_on, today)
        must(bool(row.backdated) == (back > 5) and (back <= 5 or roles & (CRM | ADMIN)), event, f"{back} business days back")
        for registration in self.rows["registration"].values():
            runs = registration.opportunity_id == row.opportunity_id and registration.approved_at and at < registration.protected_until
            must(not runs or self.beside("registration.protection_ended"), event, "a close ends the protection")
        claim = next((c for c in self.claims(row.opportunity_id) if c.id == row.counting_claim), None)
        gated = row.status == WON and claim and self.state(claim, at) != "lapsed"
        missing = gated and [*self.open_items(row, 4, at), *self.open_items(row, 5, at), *["stage"] * (stage(before) != 4),
                             *["signatures"] * (self.state(claim, at) != "signed")]
        must(not missing or roles & CRM, event, f"won without {missing}")
        must(bool(row.outside_gates) == bool(missing), event, f"outside the gates means without {missing}")
        must(bool(row.resolved_at) or bool(missing) or roles & CRM, event, "a win through the gates is resolved")

    def opportunity_lost(self, event, row, before):
        must(row.reason_code is not None and not row.outside_gates, event, "a loss has a reason code")
        self.opportunity_won(event, row, before)

    def opportunity_resolved(self, event, row, before):
        self.only(event, "resolved_at", "vendor_stage", "partner_stage", "stage_entered_at")
        must(before.status == WON and not before.resolved_at and row.resolved_at == event["at"], event, "nothing to resolve")

    def opportunity_reopened(self, event, row, before):
        must(before.status in (WON, LOST) and row.status == OPEN, event, "it was open")
        must(self.roles(event) & (CRM if before.crm_source else LEADER | ADMIN), event, "a leader or an admin reopens")
        must(before.crm_source or event["reason"], event, "reopening says why")
        must(not any((row.closed_on, row.reason_code, row.resolved_at, row.outside_gates, row.backdated)), event, "the close is undone")
        must(not before.lead_partner_id or stage(row) == min(4, stage(before)), event, "it stands where it stood")

    # -- after every transaction -----------------------------------------------------------------------------------
    def settled(self, events):
        event = events[-1]
        for deal_id in {e["opportunity_id"] for e in events} - {None}:
            deal, claims = self.rows["opportunity"][deal_id], self.claims(deal_id)
            for claim in claims:
                must(bool(claim.signed_at) == self.signed(claim), event, f"claim {claim.claim_id} is signed when two have signed it")
            must(sum(c.value == SOURCED and self.signed(c) for c in claims) <= 1, event, "one partner sources a deal")
            must(sorted(deal.partner_ids) == sorted(c.partner_id for c in claims), event, "who claims it sees it")
            if not claims:
                must(not deal.attribution and not deal.counting_claim, event, "nobody claims it")
                continue
            counting = self.counting(deal)
            must((deal.counting_claim, deal.attribution) == (counting.id, counting.value), event, f"it counts by {counting.claim_id}")
            shares = [c.share_basis_points for c in claims if c.share_basis_points is not None]
            must(sum(shares) == (10000 if deal.status == WON and deal.resolved_at and shares else 0), event, f"{shares} make no whole")
            if deal.status == OPEN:
                lacking = [c for number in range(2, stage(deal)) for c in self.open_items(deal, number, event["at"])]
                must(not lacking, event, f"stage {stage(deal)} stands without {lacking}")
                must(stage(deal) == 1 or counting.kind == BY_REGISTRATION or self.signed(counting), event, "it stands on nothing")
        protected = [r for r in self.rows["registration"].values() if r.approved_at]
        for n, one in enumerate(protected if any(e["aggregate"] == "registration" for e in events) else []):
            for other in protected[n + 1:]:
                same = (one.account_id, one.product_family) == (other.account_id, other.product_family)
                must(not same or max(one.approved_at, other.approved_at) >= min(one.protected_until, other.protected_until),
                     event, f"{one.registration_id} and {other.registration_id} are protected at once")


def events_of(connection, tenant_key):
    """The log of a tenant; `last` is the last event of each one's transaction, `at` its instant."""
    with connection.cursor() as cursor:
        cursor.execute("select e.*, max(event_id) over (partition by xid) as last, recorded_at as at from event e "
                       "join tenant t using (tenant_id) where t.key = %s order by event_id", [tenant_key])
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row)) for row in cursor.fetchall()]
