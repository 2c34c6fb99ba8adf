"""What the answer of a claim tells: who or what speaks against it."""
import pytest

from support.importing import row, run_import

DEALS = "/v1/opportunities"


def signing(tenant, deal, who, version=1, **body):
    claim, = tenant.read(deal["opportunity_id"])["claims"]
    return tenant.as_(who).post(f"{DEALS}/{deal['opportunity_id']}/claims/{claim['claim_id']}/signoffs",
                                {"claim_version": version} | body, expect=201)


@pytest.mark.parametrize("who", ["ae", "partner_manager"])
def test_a_declined_claim_tells_which_side_declined_and_why(tenant, who):
    deal = tenant.deal()
    assert deal["claims"][0]["dispute"] is None
    if who == "partner_manager":
        assert signing(tenant, deal, "ae", decision="sign")["dispute"] is None
    claim = signing(tenant, deal, who, decision="decline", reason="The customer called us first")
    assert claim["state"] == "disputed"
    assert claim["dispute"] | {"disputed_at": None} == {
        "by": who, "reason": "The customer called us first", "activity_id": None, "opportunity_id": None,
        "disputed_at": None}
    assert claim["dispute"]["disputed_at"] == claim["signoffs"][-1]["decided_at"]
    renewed = tenant.as_("ae").patch(f"{DEALS}/{deal['opportunity_id']}/claims/{claim['claim_id']}",
                                     {"kind": "introduction"}, "*", expect=200)
    assert (renewed["state"], renewed["dispute"]) == ("pending", None)


def test_a_contradicted_claim_names_the_engagement(tenant):
    deal = tenant.deal()
    tenant.as_("ae").post(f"/v1/accounts/{deal['account']['account_id']}/engagements",
                          {"product_family": "default", "engaged_at": tenant.day(-9), "activity_id": "ACT-9"}, expect=201)
    claim, = tenant.read(deal["opportunity_id"])["claims"]
    assert (claim["dispute"]["by"], claim["dispute"]["activity_id"]) == ("engagement", "ACT-9")
    assert claim["dispute"]["opportunity_id"] is None and claim["dispute"]["disputed_at"]
    partner = tenant.as_("partner_rep").get(f"{DEALS}/{deal['opportunity_id']}", expect=200)["claims"][0]
    assert "dispute" not in partner, "it tells what the vendor did"


def test_a_contradicted_claim_names_the_deal_that_was_open(tenant):
    deal = tenant.deal()
    account = tenant.as_("cro").get(f"/v1/accounts/{deal['account']['account_id']}", expect=200)
    result = run_import(tenant, [row("older", created_at="2024-01-31T00:00:00Z", account={
        "name": account["name"], "domains": account["domains"], "country": "DE"})])
    assert result.counts == (1, 0, 0, 0)
    older, = (d for d in tenant.as_("cro").all(DEALS) if d["name"] == "Deal older")
    claim, = tenant.read(deal["opportunity_id"])["claims"]
    assert (claim["dispute"]["by"], claim["dispute"]["opportunity_id"]) == ("opportunity", older["opportunity_id"])
    assert claim["dispute"]["activity_id"] is None
