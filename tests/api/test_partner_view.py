"""What a partner itself expects of a deal: its own amount and date, beside those of the deal, in no figure."""
import json
import secrets

import pytest

from support.barrier import meet
from support.feed import feed, until
from support.merging import another, claim, merge
from support.rows import Rows
from support.sink import Sink
from test_several_claims import Two

DEALS = "/v1/opportunities"
WHO = {"name": "Ines Portal", "email": "ines@partner.example"}
EUR = {"amount_minor": 9_900_000, "currency": "EUR"}


def path(deal, of_claim=None):
    of_claim = of_claim or deal["claims"][0]
    return f"{DEALS}/{deal['opportunity_id']}/claims/{of_claim['claim_id']}/partner-view"


def views(tenant, deal, caller=None):
    return [c["partner_view"] and (c["partner_view"]["amount"], c["partner_view"]["close_date"])
            for c in tenant.read(deal["opportunity_id"], caller)["claims"]]


def figures(tenant):
    """Every figure that the forecast shows of the quarter of the deals, and the deals under it."""
    cro, answers = tenant.as_("cro"), []
    period = f"{tenant.day(30)[:4]}-Q{(int(tenant.day(30)[5:7]) + 2) // 3}"
    for target in (f"/v1/forecast?period={period}", f"/v1/coverage?period={period}", f"/v1/forecast/deals?period={period}"):
        answer = dict(cro.get(target, expect=200).json)
        answers.append({name: value for name, value in answer.items() if name not in ("as_of", "known_at")})
    return answers


def test_a_partner_states_what_it_expects(tenant, database):
    deal, rep = tenant.deal(), tenant.as_("partner_rep")
    assert views(tenant, deal) == [None]
    tenant.sign(deal)
    tenant.advance(deal["opportunity_id"], 2)
    tenant.clock(days=1)
    before, counted = tenant.read(deal["opportunity_id"]), figures(tenant)
    stated = rep.put(path(deal), {"amount": EUR, "close_date": "2031-05-06"}, expect=201)
    assert (stated["amount"], stated["close_date"], stated["version"]) == (EUR, "2031-05-06", 1)
    for reader in ("ae", "cfo", "partner_rep", "prm_portal"):
        assert tenant.read(deal["opportunity_id"], tenant.as_(reader))["claims"][0]["partner_view"] == stated.json, reader
    assert tenant.as_("ae").get(f"{DEALS}/{deal['opportunity_id']}/claims", expect=200)["data"][0]["partner_view"] == stated.json

    # beside the deal's own: nothing else of it is touched, it is as fresh as it was, and no figure moves
    after = tenant.read(deal["opportunity_id"])
    assert after["claims"][0] | {"partner_view": None} == before["claims"][0]
    assert after.json | {"claims": []} == before.json | {"claims": []}
    assert figures(tenant) == counted
    # the whole of it each time; null takes back what was said
    again = rep.put(path(deal), {"close_date": "2031-06-01"}, stated.etag, expect=200)
    assert (again["amount"], again["close_date"], again["version"]) == (None, "2031-06-01", 2)
    gone = rep.put(path(deal), {"amount": None, "close_date": None}, '"2"', expect=200)
    assert (gone["amount"], gone["close_date"], gone["version"]) == (None, None, 3)
    assert gone["stated_at"] > before["refreshed_at"]
    assert Rows(database, tenant).rebuild_differences() == []


def test_what_is_stated_is_seen_before_it_is_replaced(tenant):
    deal, rep = tenant.deal(), tenant.as_("partner_rep")
    first = rep.put(path(deal), {"amount": EUR}, expect=201)
    rep.put(path(deal), {"amount": EUR}, expect=412)
    rep.put(path(deal), {"close_date": "2031-06-01"}, first.etag, expect=200)
    rep.put(path(deal), {"close_date": "2031-07-01"}, first.etag, expect=412)
    rep.send("PUT", path(deal), {"close_date": "2031-07-01"}, expect=428)
    assert views(tenant, deal) == [(None, "2031-06-01")]


def test_of_two_who_replace_it_one_is_told(tenant, facts):
    deal, rep = tenant.deal(), tenant.as_("partner_rep")
    rep.put(path(deal), {"amount": EUR}, expect=201)
    answers = meet(facts["superuser_url"],
                   f"select from opportunity where id = '{deal['opportunity_id']}' for update",
                   *[(rep, "put", path(deal), {"close_date": day}, '"1"') for day in ("2031-06-01", "2031-06-02")])
    assert sorted(answer.status for answer in answers) == [200, 412]


@pytest.mark.parametrize("body, pointers", [
    ({}, {"": "required"}),
    ({"amount": {"amount_minor": 1, "currency": "XXQ"}}, {"/amount/currency": "invalid_currency"}),
    ({"amount": EUR, "close_date": "2031-02-30"}, {"/close_date": "invalid_date"}),
    ({"close_date": "2031-06-01", "acting_for": WHO}, {"/acting_for": "not_allowed"}),
    ({"close_date": "2031-06-01", "next_step": "Call"}, {"/next_step": "unknown_member"}),
])
def test_what_is_no_view(tenant, body, pointers):
    deal = tenant.deal()
    answer = tenant.as_("partner_rep").put(path(deal), body, expect=422)
    assert answer.pointers == pointers
    assert views(tenant, deal) == [None]


def test_the_vendor_states_nothing_for_the_partner(tenant):
    deal = tenant.deal()
    for role in ("ae", "partner_manager", "partnerships_leader", "admin", "crm_sync"):
        assert tenant.as_(role).put(path(deal), {"amount": EUR}, expect=403).code == "insufficient_scope"
    move = {"stage": "registered", "to_stage": "qualified", "partner_view": {"amount": EUR}}
    refused = tenant.as_("ae").refused("POST", f"{DEALS}/{deal['opportunity_id']}/advance", move, code="invalid_fields")
    assert refused.pointers == {"/partner_view": "not_allowed"}
    assert views(tenant, deal) == [None]


def test_it_is_said_with_a_move(tenant):
    """With a proposal and with a confirmation; a move that is refused says nothing."""
    deal, rep, portal = tenant.deal(), tenant.as_("partner_rep"), tenant.as_("prm_portal")
    advance = f"{DEALS}/{deal['opportunity_id']}/advance"
    move = {"stage": "registered", "to_stage": "qualified"}
    rep.refused("POST", advance, move | {"to_stage": "validating", "partner_view": {"amount": EUR}}, code="stage_mismatch")
    assert rep.refused("POST", advance, move | {"partner_view": {}}, code="invalid_fields").pointers == {"/partner_view": "required"}
    assert views(tenant, deal) == [None]
    rep.post(advance, move | {"partner_view": {"amount": EUR}}, expect=202)
    assert views(tenant, deal) == [(EUR, None)]
    tenant.as_("ae").post(advance, move, expect=200)
    evidence = [{"criteria": ["need", "budget", "reason_to_act", "joint_value"]} | tenant.evidence("need")]
    move = {"stage": "qualified", "to_stage": "validating"}
    tenant.as_("ae").post(advance, move | {"evidence": evidence}, expect=202)
    portal.post(advance, move | {"partner_view": {"close_date": "2031-05-06"}, "acting_for": WHO}, expect=200)
    assert views(tenant, deal) == [(None, "2031-05-06")]
    stated, = [e for e in tenant.as_("cro").all(f"{DEALS}/{deal['opportunity_id']}/history")
               if e["kind"] == "claim.view_stated" and e["acting_for"]]
    assert stated["acting_for"] == WHO
    assert {"field": "partner_view_amount", "from": EUR, "to": None} in stated["changes"]
    assert {"field": "partner_view_close_date", "from": None, "to": "2031-05-06"} in stated["changes"]


def test_no_partner_learns_of_another_s(tenant, database):
    """On one deal: in no answer, no history, no event of an endpoint, and its claim is not there to be written to."""
    two, mine, theirs = Two(tenant, tenant.deal()), Sink(), Sink()
    portals = [tenant.person("prm_portal", partners=[partner]) for partner in two.partners]
    for portal, sink in zip(portals, (mine, theirs)):
        portal.post("/v1/webhook-endpoints", {"url": sink.url}, expect=201)
    deal = two.read()
    paths = [path(deal, one) for one in two.claims]
    amounts = [{"amount_minor": 10**9 + secrets.randbelow(10**9), "currency": "EUR"} for _ in two.reps]
    for rep, own, other, amount in zip(two.reps, paths, reversed(paths), amounts):
        rep.put(own, {"amount": amount, "close_date": "2031-05-06"}, expect=201)
        rep.put(other, {"amount": amount}, expect=404)
        rep.put(other, {"amount": amount}, '"1"', expect=404)
    assert views(tenant, deal) == [(amount, "2031-05-06") for amount in amounts], "the vendor reads both"
    for sink in (mine, theirs):
        until(lambda s=sink: s.taken, lambda t: any(d.json["type"] == "claim.view_stated" for d in t))
    for reader, portal, sink, own, other in zip(two.reps, portals, (mine, theirs), amounts, reversed(amounts)):
        assert views(tenant, deal, reader) == [(own, "2031-05-06")]
        told = [d.json for d in sink.taken if d.json["type"] == "claim.view_stated"]
        assert [e["data"]["changes"] for e in told] == [[
            {"field": "partner_view_amount", "from": None, "to": own},
            {"field": "partner_view_close_date", "from": None, "to": "2031-05-06"}]]
        seen = [tenant.read(two.id, reader).json, tenant.read(two.id, portal).json, reader.all(DEALS),
                reader.all(f"{two.path}/history"), reader.get(f"{two.path}/readiness").json, [d.json for d in sink.taken]]
        assert str(other["amount_minor"]) not in json.dumps(seen), "another partner's"
    stated = [e for e in until(lambda: feed(tenant), lambda e: len([x for x in e if x["type"] == "claim.view_stated"]) == 2)
              if e["type"] == "claim.view_stated"]
    assert [e["data"]["changes"][0]["to"] for e in stated] == amounts
    for sink in (mine, theirs):
        sink.close()


def test_a_view_stays_with_its_partner_when_another_leads(tenant):
    two = Two(tenant, tenant.deal())
    two.reps[0].put(path(two.read(), two.claims[0]), {"amount": EUR}, expect=201)
    two.sign(1)
    two.lead(tenant.as_("partnerships_leader"), expect=200)
    assert views(tenant, two.read()) == [(EUR, None), None]
    assert views(tenant, two.read(), two.reps[1]) == [None]
    # who leads no more still says what it expects; with a move only the one that leads does
    two.reps[0].put(path(two.read(), two.claims[0]), {"close_date": "2031-06-01"}, '"1"', expect=200)
    move = {"stage": "registered", "to_stage": "qualified", "partner_view": {"close_date": "2031-07-01"}}
    two.reps[1].post(f"{two.path}/advance", move, expect=202)
    assert views(tenant, two.read()) == [(None, "2031-06-01"), (None, "2031-07-01")]


def test_the_crm_owns_the_deal_s_and_not_the_partner_s(tenant):
    crm, rep = tenant.as_("crm_sync"), tenant.as_("partner_rep")
    deal = tenant.deal()
    crm.post(f"{DEALS}/{deal['opportunity_id']}/external-ids", {"source": "crm", "external_id": "D-1"}, expect=200)
    tenant.as_("ae").patch(f"{DEALS}/{deal['opportunity_id']}", {"close_date": "2031-05-06"}, "*", expect=409)
    rep.put(path(deal), {"amount": EUR, "close_date": "2031-05-06"}, expect=201)
    crm.patch(f"{DEALS}/{deal['opportunity_id']}", {"amount": tenant.money(7), "close_date": "2031-01-01"}, "*", expect=200)
    now = tenant.read(deal["opportunity_id"])
    assert (now["amount"], now["close_date"]) == (tenant.money(7), "2031-01-01")
    assert views(tenant, deal) == [(EUR, "2031-05-06")]


def test_a_deal_that_is_over_keeps_what_was_expected(tenant):
    deal, rep = tenant.deal(), tenant.as_("partner_rep")
    rep.put(path(deal), {"amount": EUR}, expect=201)
    close = f"{DEALS}/{deal['opportunity_id']}/close"
    tenant.as_("ae").post(close, {"outcome": "lost", "reason_code": "price", "closed_on": tenant.day()}, expect=200)
    rep.put(path(deal), {"amount": tenant.money(1)}, '"1"', expect=409)
    assert views(tenant, deal) == [(EUR, None)]


def test_a_view_goes_over_with_its_claim(tenant, database):
    """When two deals are one: the claim that stands brings what its partner expects; the other stays readable with its own."""
    deal, rep = tenant.direct_deal(), tenant.as_("partner_rep")
    other = another(tenant, deal)
    weaker, stands = claim(tenant, deal), claim(tenant, other, signed=True)
    rep.put(path(deal, weaker), {"amount": tenant.money(1)}, expect=201)
    rep.put(path(other, stands), {"amount": EUR}, expect=201)
    one = merge(tenant, deal, other)
    assert views(tenant, one) == [(EUR, None)]
    assert views(tenant, other, rep) == [(tenant.money(1), None)]
    assert rep.put(path(other, weaker), {"amount": EUR}, '"1"', expect=409).code == "deal_closed"
    rep.put(path(one, stands), {"amount": tenant.money(2)}, '"1"', expect=200)
    assert Rows(database, tenant).rebuild_differences() == []


def test_stating_voids_no_signature(tenant):
    deal = tenant.deal()
    tenant.sign(deal, roles=("ae",))
    tenant.as_("partner_rep").put(path(deal), {"amount": EUR}, expect=201)
    assert tenant.sign(deal, roles=("partner_manager",))["state"] == "signed"
