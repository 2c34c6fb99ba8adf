"""The sides of a deal stand in different stages: the forecast uses the lower one, and says what they disagree on."""
from decimal import ROUND_HALF_EVEN, Decimal
from urllib.parse import parse_qsl, urlsplit

from support.stages import Deal

CEILING = {"registered": "omitted", "qualified": "pipeline", "validating": "best_case", "negotiating": "commit"}


def weight(probability, amount, stage):
    """What the stage alone allows of a deal that is called commit."""
    if CEILING[stage] == "omitted":
        return 0
    share = Decimal(probability[f"{CEILING[stage]}_basis_points"]) / 10_000
    return int((amount * share).quantize(Decimal(1), ROUND_HALF_EVEN))


def test_the_difference_is_told_in_money_by_partner(tenant):
    period, ae = tenant.day(30)[:7], tenant.as_("ae")
    tenant.rate("EUR", tenant.day(-1), "1.1")

    def forecast():
        return tenant.as_("cro").get("/v1/forecast", query={"period": period}, expect=200)

    def deal(number, partner_number, **changes):
        made = Deal(tenant, **changes).stand_in(number)
        now = made.read()
        ae.patch(made.path, {"category_call": "commit"}, etag=now.etag, expect=200)
        if partner_number != number:
            made.lower("partner_rep", partner_number, expect=200)
        return made
    deal(3, 3)
    assert forecast()["divergence"] == []
    apart = [deal(4, 2, amount=tenant.money(12_345)),
             deal(3, 1, amount={"amount_minor": 1005, "currency": "EUR"}),
             deal(4, 3, amount=tenant.money(333))]
    vendor_lower = deal(4, 4, amount=tenant.money(7_777))
    vendor_lower.lower("ae", 2, expect=200)
    deal(4, 2, close_date=tenant.day(400))
    answer = forecast()
    line, = answer["divergence"]
    amounts = {apart[0].id: 12_345, apart[1].id: 1_106, apart[2].id: 333, vendor_lower.id: 7_777}
    assert line["partner"]["partner_id"] == tenant.partner_id
    expected = {"vendor": 0, "partner": 0}
    query = dict(parse_qsl(urlsplit(line["href"]).query))
    found = tenant.as_("cro").get(urlsplit(line["href"]).path, query=query, expect=200)["data"]
    assert {d["opportunity_id"]: d["counted"]["amount_minor"] for d in found} == amounts
    for one in found:
        assert "divergent" in one["flags"]
        for side in expected:
            expected[side] += weight(answer["stated_probability"], one["counted"]["amount_minor"], one["stage"][side])
    money = {n: line[n]["amount_minor"] for n in ("amount", "weighted_vendor", "weighted_partner", "difference")}
    assert money == {"amount": sum(amounts.values()), "weighted_vendor": expected["vendor"],
                     "weighted_partner": expected["partner"], "difference": expected["vendor"] - expected["partner"]}
    assert line["count"] == 4 and money["difference"] != 0

    other = tenant.partner()
    none = tenant.as_("cro").get("/v1/forecast/deals", query={"period": period, "partner": other}, expect=200)
    assert none["data"] == []
    every = tenant.as_("cro").get("/v1/forecast/deals", query={"period": period, "partner": tenant.partner_id},
                                  expect=200)
    assert len(every["data"]) == 5
