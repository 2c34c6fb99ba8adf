"""Several partners claim one deal: each has its own claim, one of them counts, one partner leads, and none learns of
another."""
import pytest

from support.barrier import meet
from support.rows import Rows
from support.stages import Deal

DEALS = "/v1/opportunities"
SIGN = {"decision": "sign", "claim_version": 1}


class Two:
    """A deal that two partners claim; the first leads."""

    def __init__(self, tenant, deal=None):
        self.tenant = tenant
        self.managers = [tenant.as_("partner_manager"), tenant.person("partner_manager")]
        self.partners = [tenant.partner_id, tenant.partner(manager=self.managers[1])]
        self.reps = [tenant.as_("partner_rep"), tenant.person("partner_rep", partner=self.partners[1])]
        deal = deal or tenant.direct_deal()
        self.id = deal["opportunity_id"]
        self.path = f"{DEALS}/{self.id}"
        self.claims = [deal["claims"][0] if deal["claims"] else self.claim(0), self.claim(1)]

    def claim(self, place, caller=None, kind="introduction", **more):
        more.setdefault("expect", 201)
        return (caller or self.tenant.as_("ae")).post(
            f"{self.path}/claims", {"partner_id": self.partners[place], "kind": kind}, **more)

    def read(self):
        return self.tenant.read(self.id)

    def signing(self, place, caller, decision="sign", version=1, **more):
        return (caller, "post", f"{self.path}/claims/{self.claims[place]['claim_id']}/signoffs",
                {"decision": decision, "claim_version": version} | more)

    def decide(self, place, caller, decision="sign", version=1, expect=201, **more):
        caller, _, path, body = self.signing(place, caller, decision, version, **more)
        return caller.post(path, body, expect=expect)

    def sign(self, place, version=1):
        self.decide(place, self.tenant.as_("ae"), version=version)
        return self.decide(place, self.managers[place], version=version)

    def renew(self, place, kind="other"):
        return self.tenant.as_("ae").patch(f"{self.path}/claims/{self.claims[place]['claim_id']}", {"kind": kind}, "*",
                                           expect=200)

    def lead(self, caller, place=1, rep=None, **options):
        body = {"lead_partner": self.partners[place], "partner_rep": (rep or self.reps[place]).person_id}
        return caller.patch(self.path, body, "*", **options)

    def counts(self):
        """The place of the claim that counts, and what the deal is by it."""
        deal = self.read()
        counting, = (n for n, claim in enumerate(self.claims)
                     for now in deal["claims"] if now["claim_id"] == claim["claim_id"] and now["counts"])
        return counting, deal["attribution"], deal["report_class"]


@pytest.fixture
def two(tenant):
    return Two(tenant)


# -- each its own ------------------------------------------------------------------------------------------------------
def test_a_second_partner_claims_without_touching_lead_and_stage(tenant):
    deal = Deal(tenant).stand_in(3)
    before = deal.read()
    two = Two(tenant, before)
    now = two.read()
    assert [c["partner"]["partner_id"] for c in now["claims"]] == two.partners
    assert [(c["state"], c["counts"]) for c in now["claims"]] == [("signed", True), ("pending", False)]
    for member in ("lead_partner", "partner_manager", "partner_rep", "stage", "attribution", "report_class", "category",
                   "refreshed_at"):
        assert now[member] == before[member], member
    assert now["claims"] == tenant.as_("cro").get(f"{two.path}/claims", expect=200)["data"]
    assert two.claims[1]["deadline"] == two.claims[0]["deadline"]
    assert two.claim(1, expect=409).code == two.claim(0, expect=409).code == "claim_exists"


def test_each_claim_is_signed_by_the_owner_and_its_own_partner_s_manager(two):
    assert two.decide(1, two.managers[0], expect=403).code == "not_partner_manager"
    assert two.decide(0, two.managers[1], expect=403).code == "not_partner_manager"
    signed = two.sign(1)
    assert (signed["state"], signed["counts"]) == ("signed", True)
    assert [s["person"]["person_id"] for s in signed["signoffs"]] == \
        [two.tenant.as_("ae").person_id, two.managers[1].person_id]
    assert [c["state"] for c in two.read()["claims"]] == ["pending", "signed"]
    assert two.decide(0, two.tenant.as_("partnerships_leader"))["state"] == "pending"


def test_only_the_manager_of_the_claim_s_partner_claims_for_it(tenant):
    managers = [tenant.as_("partner_manager"), tenant.person("partner_manager")]
    partners = [tenant.partner_id, tenant.partner(manager=managers[1])]
    deal = tenant.direct_deal()
    path = f"{DEALS}/{deal['opportunity_id']}/claims"
    managers[0].post(path, {"partner_id": partners[0], "kind": "other"}, expect=201)
    second = {"partner_id": partners[1], "kind": "other"}
    managers[0].refused("POST", path, second, code="not_partner_manager")
    rep = tenant.person("partner_rep", partner=partners[1])
    answer = managers[1].refused("POST", path, second | {"partner_rep": rep.person_id}, code="invalid_fields")
    assert answer.pointers == {"/partner_rep": "not_lead"}
    managers[1].post(path, second, expect=201)


# -- which one counts --------------------------------------------------------------------------------------------------
def test_a_signed_claim_counts_before_an_unsigned_one(two, database):
    assert two.counts() == (0, "influenced", "influenced")
    two.sign(1)
    assert two.counts() == (1, "influenced", "influenced")
    two.sign(0)
    assert two.counts() == (0, "influenced", "influenced"), "of two signed ones the lead partner's"
    two.renew(0)
    assert two.counts() == (1, "influenced", "influenced")
    assert Rows(database, two.tenant).rebuild_differences() == []


def test_a_sourced_claim_counts_once_it_is_signed_and_gives_way_when_it_is_disputed(tenant, database):
    two = Two(tenant, tenant.deal())
    assert two.counts() == (0, "sourced", "sourced")
    two.sign(1)
    assert two.counts() == (1, "influenced", "influenced")
    assert two.read()["withheld_by"]["rule"] == "stage_one"
    two.sign(0)
    assert two.counts() == (0, "sourced", "sourced")
    account = two.read()["account"]["account_id"]
    tenant.as_("ae").post(f"/v1/accounts/{account}/engagements",
                          {"engaged_at": tenant.day(-20), "activity_id": "CALL-7"}, expect=201)
    assert two.counts() == (1, "influenced", "influenced")
    assert [c["state"] for c in two.read()["claims"]] == ["disputed", "signed"]
    # none of it is silent
    kinds = [e["kind"] for e in tenant.as_("cro").all(f"{two.path}/history")]
    assert kinds[:2] == ["opportunity.attributed", "claim.disputed"]
    assert kinds.count("opportunity.attributed") == 3
    assert Rows(database, tenant).rebuild_differences() == []


def test_the_clock_alone_moves_nothing(tenant):
    two = Two(tenant, tenant.deal())
    tenant.clock(days=14, seconds=1)
    assert two.counts() == (0, "sourced", "unattributed")
    assert {c["state"] for c in two.read()["claims"]} == {"lapsed"}


def test_a_late_claim_never_counts_before_one_in_time(tenant):
    two = Two(tenant, tenant.deal())
    two.sign(1)
    tenant.clock(days=14, seconds=1)
    third = tenant.partner(manager=two.managers[0])
    late = tenant.as_("ae").post(f"{two.path}/claims", {"partner_id": third, "kind": "other"}, expect=201)
    assert (late["state"], late["late_influence"], late["counts"]) == ("lapsed", True, False)
    assert two.counts() == (1, "influenced", "influenced")


def test_a_deal_is_sourced_by_one_partner_at_most(tenant, database):
    """A second sourced claim comes by an approval for a deal that is there, or by a merge: here the row is moved."""
    two = Two(tenant, tenant.deal())
    other = tenant.approve(tenant.register(two.reps[1]), manager=two.managers[1], rep=two.reps[1])
    with database.cursor() as cursor:
        cursor.execute("""
            with mine as (select tenant_id, opportunity_id from opportunity where id = %(deal)s),
                 theirs as (select c.* from claim c join opportunity o using (tenant_id, opportunity_id)
                             where o.id = %(other)s)
            update claim set value = 1, kind = 1, registration_id = theirs.registration_id, sourced_passed = true
              from theirs where claim.tenant_id = theirs.tenant_id and claim.id = %(claim)s""",
                       {"deal": two.id, "other": other["opportunity_id"], "claim": two.claims[1]["claim_id"]})
    two.sign(0)
    two.decide(1, tenant.as_("ae"))
    refused = two.decide(1, two.managers[1], expect=409)
    assert refused.code == "sourced_claim_exists"
    assert "influence" in refused["detail"]
    # the rule is the table's as well
    with pytest.raises(Exception, match="claim_sourced_once"), database.cursor() as cursor:
        cursor.execute("update claim set signed_at = now() where id = %s", (two.claims[1]["claim_id"],))
    two.renew(1)
    assert two.sign(1, version=2)["state"] == "signed"
    assert two.counts() == (0, "sourced", "sourced")


def test_what_a_stage_stands_on_is_not_taken_away_by_the_other_claim(two):
    tenant = two.tenant
    tenant.as_("ae").patch(two.path, {"partner_rep": two.reps[0].person_id}, "*", expect=200)
    two.sign(1)
    tenant.advance(two.id, 2)
    refusal = tenant.as_("ae").refused("PATCH", f"{two.path}/claims/{two.claims[1]['claim_id']}", {"kind": "other"},
                                       headers={"If-Match": "*"}, code="stage_mismatch")
    assert "lower a side to stage 1" in refusal["detail"]
    two.sign(0)
    assert two.renew(1)["state"] == "pending", "the deal stands on the other signed claim"
    assert two.read()["stage"]["number"] == 2


# -- who sees what -----------------------------------------------------------------------------------------------------
def names_of(two, place):
    deal = two.read()
    return [two.partners[place], two.claims[place]["claim_id"], two.reps[place].person_id, two.reps[place].name,
            two.managers[place].name, next(c["partner"]["name"] for c in deal["claims"]
                                           if c["partner"]["partner_id"] == two.partners[place])]


def test_a_partner_that_does_not_lead_reads_its_own_claim_and_nothing_of_the_other(tenant):
    deal = Deal(tenant)
    deal.stand_in(2)
    deal.give("partner_rep", "need", expect=201)
    two = Two(tenant, deal.read())
    other = two.reps[1]
    own = other.get(two.path, expect=200)
    assert [c["claim_id"] for c in own["claims"]] == [two.claims[1]["claim_id"]]
    assert (own["lead_partner"], own["partner_manager"], own["partner_rep"], own["stage"]) == (None,) * 4
    assert own["amount"] == two.read()["amount"]
    assert [row["opportunity_id"] for row in other.all(DEALS)] == [two.id]
    assert other.get(f"{two.path}/evidence", expect=200)["data"] == []
    assert [e["kind"] for e in other.all(f"{two.path}/history")] == ["claim.created"]
    for path in ("", "/evidence", "/history"):
        text = other.get(two.path + path, expect=200).text
        assert not [name for name in names_of(two, 0) if name in text], path
    # nor does the one that leads learn that there is another
    lead = two.reps[0]
    assert lead.get(two.path, expect=200)["lead_partner"]["partner_id"] == two.partners[0]
    for path in ("", "/evidence", "/history", "/readiness"):
        text = lead.get(two.path + path, expect=200).text
        assert not [name for name in names_of(two, 1) if name in text], path
    assert "opportunity.claimed" not in [e["kind"] for e in lead.all(f"{two.path}/history")]


def test_another_s_doings_leave_no_trace_in_the_lead_s_history(two):
    two.sign(1)
    two.tenant.as_("ae").patch(two.path, {"amount": two.tenant.money(7)}, "*", expect=200)
    newest, *_ = two.reps[0].all(f"{two.path}/history")
    assert [change["field"] for change in newest["changes"]] == ["amount"]


def test_only_the_side_of_the_lead_moves_the_stage(two):
    path, rep = two.path, two.reps[1]
    need = two.tenant.evidence("need")
    refused = rep.refused("PUT", f"{path}/evidence/need", need, headers={"If-None-Match": "*"}, code="not_lead_partner")
    assert "another partner leads" in refused["detail"]
    rep.refused("POST", f"{path}/evidence/need/confirmations", {"evidence_version": 1}, code="not_lead_partner")
    rep.refused("POST", f"{path}/advance", {"stage": "registered", "to_stage": "qualified"}, code="not_lead_partner")
    rep.refused("POST", f"{path}/lower-stage", {"to_stage": "registered", "reason": "The sponsor has left"},
                code="not_lead_partner")
    rep.refused("GET", f"{path}/readiness", code="not_lead_partner")
    two.managers[1].refused("PUT", f"{path}/evidence/need", need, headers={"If-None-Match": "*"},
                            code="not_partner_manager")
    two.reps[0].put(f"{path}/evidence/need", need, expect=201)


def test_row_security_holds_without_a_predicate(two, facts):
    """As the service's role, with the settings of the second partner's representative and no condition at all."""
    import psycopg2
    need = two.tenant.evidence("need")
    two.reps[0].put(f"{two.path}/evidence/need", need, expect=201)
    two.reps[0].post(f"{two.path}/evidence/need/confirmations", {"evidence_version": 1}, expect=201)
    two.sign(0)
    connection = psycopg2.connect(facts["superuser_url"])
    with connection, connection.cursor() as cursor:
        def seen(place):
            cursor.execute("set local role tandem_service")
            cursor.execute("select * from scope_enter(%s, %s, true, null, 0)", (two.tenant.key, two.reps[place].subject))
            counts = {}
            for table in ("opportunity", "claim", "signoff", "evidence", "confirmation", "event where opportunity_id > 0"):
                cursor.execute(f"select count(*) from {table}")
                counts[table], = cursor.fetchone()
            return counts
        lead, other = seen(0), seen(1)
    connection.close()
    assert list(lead.values())[:-1] == [1, 1, 2, 1, 1]
    assert list(other.values()) == [1, 1, 0, 0, 0, 1]


def test_the_list_is_filtered_by_any_partner_that_claims(two):
    two.tenant.direct_deal()
    for partner in two.partners:
        assert [row["opportunity_id"] for row in two.tenant.as_("cro").all(DEALS, {"partner": partner})] == [two.id]


# -- the lead ----------------------------------------------------------------------------------------------------------
def test_the_lead_is_handed_to_another_partner_with_a_live_claim(tenant, database):
    deal = Deal(tenant).stand_in(2)
    deal.advance("ae", 2, evidence=deal.carried(2), expect=202)
    two = Two(tenant, deal.read())
    two.sign(1)
    assert two.lead(tenant.as_("ae")).code == two.lead(two.managers[1]).code == "not_partner_manager"
    assert two.lead(two.managers[0], rep=two.reps[0], expect=409).pointers == {"/partner_rep": "not_of_partner"}
    answer = two.managers[0].patch(two.path, {"lead_partner": tenant.partner()}, "*", expect=422)
    assert answer.pointers == {"/lead_partner": "no_claim", "/partner_rep": "required"}

    now = two.lead(two.managers[0], expect=200)
    assert now["lead_partner"]["partner_id"] == two.partners[1]
    assert now["partner_manager"]["person_id"] == two.managers[1].person_id
    assert now["partner_rep"]["person_id"] == two.reps[1].person_id
    assert now["stage"]["number"] == 2
    assert deal.readiness()["proposal"] is None, "it was made to somebody else"
    # the new one confirms what the vendor gave, and reads nobody of the former
    rep = two.reps[1]
    for criterion in ("need", "budget", "reason_to_act", "joint_value"):
        rep.post(f"{two.path}/evidence/{criterion}/confirmations", {"evidence_version": 1}, expect=201)
    two.reps[0].refused("POST", f"{two.path}/evidence/need/confirmations", {"evidence_version": 1},
                        code="not_lead_partner")
    for path in ("", "/evidence", "/history", "/readiness"):
        text = rep.get(two.path + path, expect=200).text
        assert not [name for name in names_of(two, 0) if name in text], path
    assert two.lead(two.managers[1], expect=200)["version"] == two.read()["version"], "it leads already"
    assert Rows(database, tenant).rebuild_differences() == []


def test_evidence_of_a_former_lead_stays_and_names_nobody(tenant):
    deal = Deal(tenant).stand_in(2)
    deal.give("partner_rep", "need", expect=201)
    deal.confirm("partner_rep", "need", expect=201)
    two = Two(tenant, deal.read())
    two.lead(two.managers[0], expect=200)
    row, = two.reps[1].get(f"{two.path}/evidence", expect=200)["data"]
    assert (row["author"], row["side"]) == (None, "partner")
    assert [(c["side"], c["person"]) for c in row["confirmations"]] == [("partner", None)]
    mine, = two.reps[0].get(f"{two.path}/evidence", expect=200)["data"]
    assert mine["author"]["person_id"] == two.reps[0].person_id


def test_a_lapsed_claim_leads_nothing_and_a_closed_deal_changes_hands_no_more(two):
    leader = two.tenant.as_("partnerships_leader")
    two.tenant.clock(days=14, seconds=1)
    assert two.lead(leader, expect=422).pointers == {"/lead_partner": "claim_lapsed"}
    two.tenant.as_("ae").post(f"{two.path}/close", {"outcome": "lost", "reason_code": "timing",
                                                    "closed_on": two.tenant.day()}, expect=200)
    assert two.lead(leader, expect=409).code == "deal_closed"


def test_the_lead_does_not_pass_to_a_claim_on_which_the_deal_cannot_stand(tenant):
    """By registration, influenced and unsigned, the deal may leave stage 1; by hand it may not."""
    customer = tenant.registration_body()["customer"]
    before = tenant.register(customer=customer, product_family="billing")
    account = tenant.as_("ae").get(f"/v1/registrations/{before['registration_id']}", expect=200)["account_id"]
    tenant.as_("ae").post(f"/v1/accounts/{account}/engagements",
                          {"engaged_at": tenant.day(-20), "activity_id": "CALL-1"}, expect=201)
    deal = tenant.read(tenant.approve(tenant.register(customer=customer))["opportunity_id"])
    tenant.advance(deal["opportunity_id"], 2)
    two = Two(tenant, tenant.read(deal["opportunity_id"]))
    assert two.lead(two.managers[0], expect=409).code == "stage_mismatch"
    two.sign(1)
    assert two.lead(two.managers[0], expect=200)["lead_partner"]["partner_id"] == two.partners[1]
    assert two.counts() == (1, "influenced", "influenced")


# -- races -------------------------------------------------------------------------------------------------------------
def test_two_claims_are_signed_at_once_and_one_counts(tenant, facts, database):
    two = Two(tenant, tenant.deal())
    for place in (0, 1):
        two.decide(place, tenant.as_("ae"))
    lock = f"select 1 from opportunity where id = '{two.id}' for update"
    answers = meet(facts["superuser_url"], lock, two.signing(0, two.managers[0]), two.signing(1, two.managers[1]))
    assert [a.status for a in answers] == [201, 201]
    assert [a["state"] for a in answers] == ["signed", "signed"]
    assert two.counts() == (0, "sourced", "sourced")
    assert Rows(database, tenant).rebuild_differences() == []


def test_a_partner_claims_once_however_many_try(tenant, facts):
    deal = tenant.direct_deal()
    partners = [tenant.partner_id, tenant.partner()]
    calls = [(tenant.as_(role), "post", f"{DEALS}/{deal['opportunity_id']}/claims", {"partner_id": p, "kind": "other"})
             for p in partners for role in ("ae", "partner_manager")]
    lock = f"select 1 from opportunity where id = '{deal['opportunity_id']}' for update"
    answers = meet(facts["superuser_url"], lock, *calls)
    assert sorted(a.code or str(a.status) for a in answers) == ["201", "201", "claim_exists", "claim_exists"]
    now = tenant.read(deal["opportunity_id"])
    assert [c["counts"] for c in now["claims"]] == [True, False]
    assert now["lead_partner"] == now["claims"][0]["partner"]
