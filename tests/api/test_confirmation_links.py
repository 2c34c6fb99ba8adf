"""A person of the partner without a login confirms by a link: once, in time, and for what stood when it was made."""
import datetime
import json
import re

import pytest

from support.barrier import meet
from support.client import Caller
from support.stages import Deal
from support.tenant import Tenant, uuid7

PATH = "/v1/confirmation-link"


@pytest.fixture
def deal(tenant):
    return Deal(tenant).stand_in(2)


@pytest.fixture
def nina(tenant):
    """Known by name and e-mail; she has no subject, so no token is hers."""
    return person(tenant, tenant.partner_id)


def person(tenant, partner_id, **changes):
    person_id = uuid7()
    body = {"name": "Nina Okafor", "email": f"nina{next(tenant.numbers)}@partner-{tenant.key}.example", "roles": ["partner_rep"],
            "partner_id": partner_id} | changes
    tenant.as_("admin").put(f"/v1/people/{person_id}", body, expect=201)
    return person_id


def create(deal, rep, who="ae", expect=201, key=None, **asked):
    return deal.as_(who).post(f"{deal.path}/confirmation-links", {"partner_rep": rep} | asked, expect=expect,
                              **({"key": key} if key else {}))


class Holder:
    """Whoever has the link."""

    def __init__(self, tenant, token):
        self.caller = Caller(tenant.client, token, ["partner_rep"], lambda: tenant.offset_s)

    def look(self, **options):
        return self.caller.get(PATH, **options)

    def decide(self, decision, reason=None, **options):
        return self.caller.post(PATH, {"decision": decision} | ({"reason": reason} if reason else {}), key=None, **options)

    def refused(self, code):
        """Both to look and to decide, in the same words."""
        looked, decided = self.look(expect=409), self.decide("confirm", expect=409)
        assert looked.code == decided.code == code and looked["detail"] == decided["detail"]
        return looked["detail"]


def held(deal, rep, **asked):
    return Holder(deal.tenant, create(deal, rep, **asked)["token"])


def partner_confirmations(deal):
    return {c: [x["person"]["person_id"] for x in e["confirmations"] if x["side"] == "partner"]
            for c, e in deal.evidence().items()}


def events(deal, kind):
    return [e for e in deal.tenant.as_("ae").all(f"{deal.path}/history") if e["kind"] == kind]


# -- confirming ----------------------------------------------------------------------------------------------------
def test_named_evidence_is_confirmed_by_the_person_whom_the_link_is_for(tenant, deal, nina):
    deal.give("ae", "need", expect=201)
    deal.give("ae", "budget", expect=201)
    holder = held(deal, nina, criteria=["need"])
    shown = holder.look(expect=200)
    assert (shown["name"], shown["customer"]) == (deal.read()["name"], deal.read()["account"]["name"])
    assert shown["partner_rep"] == {"person_id": nina, "name": "Nina Okafor"}
    assert shown["asked_by"]["person_id"] == tenant.as_("ae").person_id
    item, = shown["evidence"]
    assert item["evidence"]["statement"] == tenant.evidence("need")["statement"] and shown["proposal"] is None
    assert "amount" not in shown.text and "category" not in shown.text
    refreshed = deal.read()["refreshed_at"]
    tenant.clock(hours=1)
    done = holder.decide("confirm", expect=200)
    assert (done["decision"], done["advanced_to"]) == ("confirm", None)
    assert partner_confirmations(deal) == {"need": [nina], "budget": []}
    assert deal.read()["refreshed_at"] > refreshed
    confirmed, = [e for e in events(deal, "evidence.confirmed") if e["actor"]["person_id"] == nina]
    assert confirmed["cause"] == "confirmation_link"
    used, = events(deal, "confirmation_link.used")
    assert (used["cause"], used["actor"]["person_id"]) == ("confirmation_link", nina)
    made, = events(deal, "confirmation_link.created")
    assert made["actor"]["person_id"] == tenant.as_("ae").person_id and made["cause"] == "api"
    assert {"field": "person", "from": None, "to": {"person_id": nina, "name": "Nina Okafor"}} in made["changes"]
    assert shown["expires_at"] in str(made["changes"])


def test_a_proposal_is_confirmed_through_the_same_gate(tenant, deal, nina):
    deal.advance("ae", 2, evidence=deal.carried(2), expect=202)
    made = create(deal, nina, proposal=True)
    assert {c["criterion"] for c in made["criteria"]} == {"need", "budget", "reason_to_act", "joint_value"}
    holder = Holder(tenant, made["token"])
    assert (made["to_stage"], holder.look(expect=200)["proposal"]["to_stage"]) == ("validating", "validating")
    assert holder.decide("confirm", expect=200)["advanced_to"] == "validating"
    assert (deal.read()["stage"]["vendor"], deal.read()["stage"]["partner"]) == ("validating", "validating")
    moved = events(deal, "opportunity.stage_advanced")[0]
    assert (moved["actor"]["person_id"], moved["cause"]) == (nina, "confirmation_link")
    assert set(map(tuple, partner_confirmations(deal).values())) == {(nina,)}


def test_a_move_by_a_link_extends_the_protection_like_any(tenant, deal, nina):
    def protected_until():
        registration, = tenant.as_("cro").all("/v1/registrations")
        return datetime.datetime.fromisoformat(registration["protected_until"])
    deal.advance("ae", 2, evidence=deal.carried(2), expect=202)
    before = protected_until()
    held(deal, nina, proposal=True).decide("confirm", expect=200)
    assert protected_until() - before == datetime.timedelta(days=30)


def test_the_gate_refuses_and_the_link_stays(tenant, deal, nina):
    """The claim is disputed meanwhile: the deal, influenced by hand, no longer stands on signatures."""
    account = tenant.direct_deal()
    other = Deal.__new__(Deal)
    other.tenant, other.id = tenant, account["opportunity_id"]
    other.path = f"/v1/opportunities/{other.id}"
    claim = tenant.as_("ae").post(f"{other.path}/claims", {"partner_id": tenant.partner_id, "kind": "introduction"},
                                  expect=201)
    assert claim.status == 201
    tenant.as_("partner_manager")
    tenant.sign({"opportunity_id": other.id})
    read = other.read("ae")
    answer = tenant.as_("ae").patch(other.path, {"partner_rep": nina}, read.etag)
    assert answer.status == 200, answer
    other.advance("ae", 1, expect=202)
    holder = held(other, nina, proposal=True)
    claim = other.read()["claims"][0]
    renewed = tenant.as_("ae").patch(f"{other.path}/claims/{claim['claim_id']}", {"kind": "account_warming"}, "*", expect=200)
    assert renewed["state"] == "pending"
    refused = holder.decide("confirm", expect=409)
    assert refused.code == "exit_criteria_unmet" and refused["unmet"][0]["criterion"] == "clean_registration"
    tenant.sign({"opportunity_id": other.id})
    assert holder.decide("confirm", expect=200)["advanced_to"] == "qualified"


# -- declining -----------------------------------------------------------------------------------------------------
def test_a_proposal_is_declined_with_a_reason(deal, nina):
    deal.advance("ae", 2, evidence=deal.carried(2), expect=202)
    holder = held(deal, nina, proposal=True)
    assert holder.decide("decline", expect=422).pointers == {"/reason": "required"}
    assert holder.decide("decline", "n/a", expect=422).pointers == {"/reason": "placeholder"}
    assert holder.decide("decline", "The budget is not theirs yet", expect=200)["advanced_to"] is None
    assert deal.readiness()["proposal"] is None and deal.read()["stage"]["number"] == 2
    declined, = events(deal, "opportunity.proposal_declined")
    assert (declined["actor"]["person_id"], declined["reason"]) == (nina, "The budget is not theirs yet")
    assert set(map(tuple, partner_confirmations(deal).values())) == {()}


def test_evidence_alone_is_declined_and_stays_unconfirmed(deal, nina):
    deal.give("ae", "need", expect=201)
    held(deal, nina, criteria=["need"]).decide("decline", "That was another project", expect=200)
    used, = events(deal, "confirmation_link.used")
    assert used["reason"] == "That was another project"
    assert {"field": "decision", "from": None, "to": "decline"} in used["changes"]
    assert partner_confirmations(deal) == {"need": []}


# -- once, and in time ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("days", [None, 1, 14])
def test_it_works_until_the_instant_of_expiry_and_not_after(tenant, deal, nina, days, database):
    deal.give("ae", "need", expect=201)
    made = create(deal, nina, criteria=["need"], **({"expires_in_days": days} if days else {}))
    holder = Holder(tenant, made["token"])
    tenant.clock(days=days or 7, seconds=-30)
    holder.look(expect=200)
    tenant.clock(seconds=60)
    assert made["expires_at"].rstrip("Z") in holder.refused("link_expired")
    tenant.clock(seconds=-60)
    holder.decide("confirm", expect=200)


@pytest.mark.parametrize("days", [0, 15, -1])
def test_it_never_lasts_longer_than_14_days(deal, nina, days):
    deal.give("ae", "need", expect=201)
    assert "/expires_in_days" in create(deal, nina, criteria=["need"], expires_in_days=days, expect=422).pointers


@pytest.mark.parametrize("first", ["confirm", "decline"])
def test_it_is_used_once(deal, nina, first):
    deal.give("ae", "need", expect=201)
    holder = held(deal, nina, criteria=["need"])
    at = holder.decide(first, "That was another project", expect=200)["decided_at"]
    assert at.rstrip("Z") in holder.refused("link_used")
    assert len(events(deal, "confirmation_link.used")) == 1


@pytest.mark.parametrize("second", ["confirm", "decline"])
def test_of_two_uses_at_once_one_counts(facts, tenant, deal, nina, second):
    deal.give("ae", "need", expect=201)
    caller = held(deal, nina, criteria=["need"]).caller
    answers = meet(facts["superuser_url"], deal.lock,
                   (caller, "post", PATH, {"decision": "confirm"}),
                   (caller, "post", PATH, {"decision": second, "reason": "That was another project"}))
    assert sorted((a.status, a.code) for a in answers) == [(200, None), (409, "link_used")]
    assert len(events(deal, "confirmation_link.used")) == 1


# -- for what stood ------------------------------------------------------------------------------------------------
def test_new_evidence_ends_it(deal, nina):
    deal.give("ae", "need", expect=201)
    deal.give("ae", "budget", expect=201)
    of_need, of_budget = held(deal, nina, criteria=["need"]), held(deal, nina, criteria=["budget"])
    deal.give("ae", "need", etag='"1"', body={"type": "statement", "statement": "They need something else"}, expect=200)
    assert "need" in of_need.refused("link_superseded")
    assert partner_confirmations(deal) == {"need": [], "budget": []}
    of_budget.decide("confirm", expect=200)


@pytest.mark.parametrize("anew", [False, True])
def test_the_end_of_the_proposal_ends_it(deal, nina, anew):
    deal.advance("ae", 2, evidence=deal.carried(2), expect=202)
    holder = held(deal, nina, proposal=True)
    if anew:
        deal.advance("ae", 2, expect=202)  # renewed: another one, that nobody has shown to Nina
    else:
        deal.decline("ae", 2, reason=None, expect=200)
    assert "proposal" in holder.refused("link_superseded")


def test_it_ends_when_a_colleague_has_confirmed(deal, nina):
    deal.give("ae", "need", expect=201)
    holder = held(deal, nina, criteria=["need"])
    deal.confirm("partner_rep", "need", expect=201)
    holder.refused("link_superseded")


def test_it_ends_with_the_deal(deal, nina):
    deal.give("ae", "need", expect=201)
    holder = held(deal, nina, criteria=["need"])
    deal.close(outcome="lost", body={"reason_code": "timing"}, expect=200)
    assert "closed" in holder.refused("link_superseded")


def test_it_ends_when_the_person_acts_no_longer(tenant, deal, nina):
    deal.give("ae", "need", expect=201)
    holder = held(deal, nina, criteria=["need"])
    tenant.as_("admin").post(f"/v1/people/{nina}/erase", {"reason": "Asked for it in writing"}, expect=200)
    assert "no longer" in holder.refused("link_superseded")


def test_it_ends_when_another_partner_leads(tenant, nina):
    deal = Deal(tenant)
    other = tenant.partner()
    rep = tenant.person("partner_rep", partner=other)
    deal.give("ae", "need", expect=201)
    holder = held(deal, nina, criteria=["need"])
    tenant.as_("ae").post(f"{deal.path}/claims", {"partner_id": other, "kind": "introduction"}, expect=201)
    read = deal.read("partner_manager")
    tenant.as_("partnerships_leader").patch(deal.path, {"lead_partner": other, "partner_rep": rep.person_id}, "*", expect=200)
    assert read["lead_partner"]["partner_id"] == tenant.partner_id
    assert "leads" in holder.refused("link_superseded")


# -- who makes one, for whom, about what ---------------------------------------------------------------------------
def test_who_makes_one(tenant, deal, nina):
    deal.give("ae", "need", expect=201)
    for who in ("ae", "partner_manager", "partnerships_leader"):
        create(deal, nina, who, criteria=["need"])
    assert create(deal, nina, tenant.person("ae"), criteria=["need"], expect=403).code == "not_deal_owner"
    assert create(deal, nina, tenant.person("partner_manager"), criteria=["need"], expect=403).code == "not_partner_manager"


def test_for_whom(tenant, deal, nina):
    deal.give("ae", "need", expect=201)
    elsewhere = person(tenant, tenant.partner())
    for rep, code in ((uuid7(), "unknown_person"), (elsewhere, "not_of_partner"),
                      (tenant.as_("ae").person_id, "not_of_partner")):
        refused = create(deal, rep, criteria=["need"], expect=409)
        assert (refused.code, refused.pointers) == ("person_not_eligible", {"/partner_rep": code})
    gone = person(tenant, tenant.partner_id, active=False)
    assert create(deal, gone, criteria=["need"], expect=409).pointers == {"/partner_rep": "inactive"}


def test_about_what(tenant, deal, nina):
    deal.give("ae", "need", expect=201)
    deal.confirm("partner_rep", "need", expect=201)
    assert create(deal, nina, expect=422).pointers == {"/criteria": "required"}
    assert create(deal, nina, criteria=["taste", "owners_named", "budget", "need"], expect=422).pointers == {
        "/criteria/0": "unknown_choice", "/criteria/1": "computed", "/criteria/2": "no_evidence",
        "/criteria/3": "already_confirmed"}
    assert create(deal, nina, proposal=True, expect=409).code == "no_proposal"
    deal.advance("partner_rep", 2, evidence=[e for e in deal.carried(2) if e["criterion"] != "need"], expect=202)
    assert create(deal, nina, proposal=True, expect=409).code == "no_proposal"
    direct = f"/v1/opportunities/{tenant.direct_deal()['opportunity_id']}/confirmation-links"
    tenant.as_("ae").refused("POST", direct, {"partner_rep": nina, "criteria": ["need"]}, code="no_claim")
    deal.close(outcome="lost", body={"reason_code": "timing"}, expect=200)
    assert create(deal, nina, criteria=["budget"], expect=409).code == "deal_closed"


# -- the token -----------------------------------------------------------------------------------------------------
def test_the_token_is_told_once_and_kept_nowhere(tenant, deal, nina, database, facts):
    deal.give("ae", "need", expect=201)
    first = create(deal, nina, criteria=["need"], key="once")
    again = create(deal, nina, criteria=["need"], key="once")
    assert first["path"] == f"/confirm#{first['token']}" and re.fullmatch(r"[\w-]{43}", first["token"])
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json == first.json | {"token": None, "path": None}
    Holder(tenant, first["token"]).decide("confirm", expect=200)
    cursor = database.cursor()
    for table in ("confirmation_link", "event", "idempotency"):
        cursor.execute(f"select count(*) from {table} x where strpos(x::text, %s) > 0", (first["token"],))
        assert cursor.fetchone() == (0,), table
    with open(facts["log"], encoding="utf-8") as log:
        assert first["token"] not in log.read()


def test_a_token_that_is_none(tenant, anonymous, deal, nina):
    """A person's own token is none either: who made the link cannot use it as themselves."""
    assert anonymous.get(PATH, expect=401).code == "unauthenticated"
    assert anonymous.post(PATH, {"decision": "confirm"}, key=None, expect=401).code == "unauthenticated"
    deal.give("ae", "need", expect=201)
    held(deal, nina, criteria=["need"])
    bodies = []
    for token in ("x", "A" * 43, tenant.as_("ae").token, tenant.as_("partner_rep").token):
        for answer in (Holder(tenant, token).look(expect=404), Holder(tenant, token).decide("confirm", expect=404)):
            bodies.append(json.dumps({n: v for n, v in answer.json.items() if n != "request_id"}, sort_keys=True))
    assert len(set(bodies)) == 1
    caller = Caller(tenant.client, create(deal, nina, criteria=["need"])["token"], ["partner_rep"], lambda: 0)
    assert caller.get(deal.path, expect=401).code == "unauthenticated", "it opens nothing else"


def test_whoever_tries_links_too_often_is_told_when_to_come_back(own_service):
    """By address, because there is no login to count by; callers with a login are not held up by it."""
    tenant, _ = own_service()
    statuses = []
    while len(statuses) < 1000 and (not statuses or statuses[-1] != 429):
        answer = Holder(tenant, f"{len(statuses):043d}").look()  # another token is no way round
        statuses.append(answer.status)
    assert statuses[-1] == 429 and set(statuses[:-1]) == {404} and len(statuses) > 300
    assert answer.code == "too_many_requests" and int(answer.headers["Retry-After"]) >= 1
    tenant.as_("cro").get("/v1/targets", expect=200)


def test_a_link_acts_in_its_own_tenant_and_by_its_zone(facts, client):
    for zone in ("Pacific/Auckland", "America/Los_Angeles"):
        tenant = Tenant(facts, client, time_zone=zone)
        deal = Deal(tenant).stand_in(2)
        deal.give("ae", "need", expect=201)
        rep = person(tenant, tenant.partner_id)
        made = create(deal, rep, criteria=["need"], expires_in_days=1)
        tenant.clock(days=1, seconds=-30)
        shown = Holder(tenant, made["token"]).look(expect=200)
        assert shown["opportunity_id"] == deal.id
        tenant.clock(seconds=60)
        Holder(tenant, made["token"]).refused("link_expired")


def test_what_is_sent_is_read_strictly(deal, nina):
    deal.give("ae", "need", expect=201)
    holder = held(deal, nina, criteria=["need"])
    assert holder.caller.post(PATH, {"decision": "perhaps", "colour": 1}, key=None, expect=422).pointers == {
        "/decision": "unknown_choice", "/colour": "unknown_member"}
    assert holder.caller.get(PATH + "?token=x", expect=400).code == "invalid_parameter"
    assert holder.caller.send("POST", PATH, b"{", key=None, expect=400).code == "malformed_json"


def test_a_newer_link_for_the_same_ends_the_earlier_one(tenant, deal, nina, database):
    """So a link that went astray is revoked: it works no more once another was made."""
    deal.give("ae", "need", expect=201)
    deal.give("ae", "budget", expect=201)
    astray, beside = held(deal, nina, criteria=["need"]), held(deal, nina, criteria=["budget"])
    colleague = held(deal, person(tenant, tenant.partner_id), criteria=["need"])
    newer = held(deal, nina, criteria=["need"])
    assert "newer link" in astray.refused("link_superseded")
    astray.decide("confirm", expect=409)
    assert partner_confirmations(deal)["need"] == []
    newer.decide("confirm", expect=200)
    beside.decide("confirm", expect=200)
    assert partner_confirmations(deal) == {"need": [nina], "budget": [nina]}
    colleague.refused("link_superseded")
    assert len(events(deal, "confirmation_link.replaced")) == 1, "another person's is its own"
    cursor = database.cursor()
    cursor.execute("select current_rows > 0, without_event, without_row, different, gaps from rebuild_check() "
                   "where aggregate = 'confirmation_link'")
    assert cursor.fetchone() == (True, 0, 0, 0, 0)


def test_a_newer_link_about_the_proposal_ends_the_earlier_one(tenant, deal, nina):
    deal.advance("ae", 2, evidence=deal.carried(2), expect=202)
    astray, newer = (held(deal, nina, proposal=True) for _ in range(2))
    astray.refused("link_superseded")
    newer.decide("confirm", expect=200)
    assert deal.read()["stage"]["number"] == 3


def test_the_rows_follow_from_the_events(tenant, deal, nina, database):
    deal.give("ae", "need", expect=201)
    held(deal, nina, criteria=["need"]).decide("confirm", expect=200)
    cursor = database.cursor()
    cursor.execute("select current_rows > 0, without_event, without_row, different, gaps from rebuild_check() "
                   "where aggregate = 'confirmation_link'")
    assert cursor.fetchone() == (True, 0, 0, 0, 0)
