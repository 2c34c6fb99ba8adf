"""What must hold at every moment, whoever did what: checked against the tables by support/model.py and over HTTP."""
import datetime

from .model import BANDS, CLASSES, INFLUENCED, OPEN, SOURCED, World, half_even


class Broken(AssertionError):
    """An invariant does not hold."""


def hold(condition, message):
    if not condition:
        raise Broken(message)


def equal(what, said, expected):
    hold(said == expected, f"{what}: the service says {said}, the tables say {expected}")


def figure(line):
    return line["count"], line["amount"]["amount_minor"]


def by_rule(lines):
    """One rule may have several debtors, and a line for each."""
    totals = {}
    for line in lines:
        totals[line["rule"]] = tuple(map(sum, zip(totals.get(line["rule"], (0, 0)), figure(line))))
    return totals


def explained(reader, href):
    """The deals under a figure, and what they add up to."""
    deals = reader.all(href)
    hold(len({deal["opportunity_id"] for deal in deals}) == len(deals), f"{href} lists a deal twice")
    money = sum(deal["counted"]["amount_minor"] for deal in deals)
    return {deal["opportunity_id"]: deal for deal in deals}, (len(deals), money)


def check_stages(world):
    """No deal is beyond a stage whose criteria are unmet, and each counts by the claim that the rule names."""
    for deal in world.deals.values():
        hold(not deal.misled(), f"deal {deal.id} {' and '.join(deal.misled())}")
        if deal.status == OPEN and deal.claim:
            hold(not deal.unmet_below(), f"deal {deal.id} stands in stage {deal.stage} without {deal.unmet_below()}")


def check_class(tenant, world, period, name, answer, now):
    reader = tenant.as_("cro")
    said, expected = answer[name], world.forecast(name, period, now)
    where = f"{period} {name}"
    for what in ("raw", "eligible", "closed_won", "closed_unresolved", *BANDS):
        equal(f"{where} {what}", figure(said[what]), world.figure(expected[what], now))
    for band, (_, basis_points) in BANDS.items():
        weighted = sum(half_even(deal.stated(now), basis_points) for deal in expected[band])
        equal(f"{where} {band} weighted", said[band]["weighted"]["amount_minor"], weighted)
    rules = {key[1]: world.figure(deals, now) for key, deals in expected.items() if isinstance(key, tuple)}
    equal(f"{where} withheld", by_rule(said["withheld"]), rules)
    withheld = [figure(line) for line in said["withheld"]]
    equal(f"{where} raw - withheld = eligible", figure(said["eligible"]),
          tuple(total - sum(part) for total, part in zip(figure(said["raw"]), zip((0, 0), *withheld))))
    bands = [figure(said[band]) for band in BANDS]
    equal(f"{where} eligible = commit + best case + pipeline", figure(said["eligible"]), tuple(map(sum, zip(*bands))))

    deals, total = explained(reader, said["href"])
    equal(f"{where} the deals under raw", total, figure(said["raw"]))
    for line in said["withheld"]:
        some, total = explained(reader, line["href"])
        equal(f"{where} the deals under {line['rule']}", total, figure(line))
        hold({deal["withheld_by"]["rule"] for deal in some.values()} == {line["rule"]}, f"{where}: {line['href']}")
    for what in (*BANDS, "closed_won", "closed_unresolved"):
        some, total = explained(reader, f"/v1/forecast/deals?period={period}&class={name}&category={what}")
        equal(f"{where} the deals under {what}", total, figure(said[what]))
        if what in BANDS:
            equal(f"{where} {what} deal by deal", sum(deal["weighted"]["amount_minor"] for deal in some.values()),
                  said[what]["weighted"]["amount_minor"])
            if name in (SOURCED, INFLUENCED):
                for deal in world.deals.values():
                    hold(deal.id not in some or deal.signed(), f"{where} {what} holds {deal.id}, which two did not sign")
    return set(deals)


def check_forecast(tenant, world, period):
    answer = tenant.as_("cro").get("/v1/forecast", {"period": period}, expect=200)
    now = datetime.datetime.fromisoformat(answer["as_of"])
    classes = [check_class(tenant, world, period, name, answer, now) for name in CLASSES]
    equal(f"{period}: the deals of the four classes are disjoint", len(set().union(*classes)), sum(map(len, classes)))
    return now


def check_views(tenant, world):
    """Each representative sees the deals that their partner claims, and where those have gone that it claimed and that were
    merged away, and no other; the vendor sees all of them."""
    partners = {row["partner_id"]: row["id"] for row in world.table("partner")}
    for rep, partner in tenant.reps:
        own = {deal.id for deal in world.deals.values()
               if not deal.merged_into and partner in {partners[c.partner_id] for c in deal.claims}}
        seen = rep.all("/v1/opportunities")
        equal(f"what {rep.name} sees", {row["opportunity_id"] for row in seen if not row["merged_into"]}, own)
        gone = {row["merged_into"] for row in seen if row["merged_into"]}
        hold(gone <= own, f"{rep.name} is sent to {gone - own}, which its partner does not claim")
        equal(f"whose claims {rep.name} sees", {claim["partner"]["partner_id"] for row in seen for claim in row["claims"]},
              {partner} if own else set())
    equal("what the CFO sees", {row["opportunity_id"] for row in tenant.as_("cfo").all("/v1/opportunities")},
          {deal.id for deal in world.deals.values()})


def check(tenant, connection, periods):
    world = World(connection, tenant.key)
    check_stages(world)
    check_views(tenant, world)
    for period in periods:
        check_forecast(tenant, world, period)
    return world
