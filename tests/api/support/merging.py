"""Two deals of one account, and their merge."""
DEALS = "/v1/opportunities"


def path(deal):
    return f"{DEALS}/{deal['opportunity_id']}"


def instant(at):
    return at.isoformat().replace("+00:00", "Z")


def merge(tenant, into, other, role="ae", **options):
    return tenant.as_(role).post(f"{path(into)}/merge", {"from": other["opportunity_id"]}, **({"expect": 200} | options))


def another(tenant, deal, **changes):
    """A direct deal of the same account and family."""
    return tenant.as_("ae").post(DEALS, {"name": f"Another {next(tenant.numbers)}", "close_date": tenant.day(30),
                                         "account_id": deal["account"]["account_id"]} | changes, expect=201)


def claim(tenant, deal, partner=None, kind="introduction", signed=False):
    made = tenant.as_("ae").post(f"{path(deal)}/claims", {"partner_id": partner or tenant.partner_id, "kind": kind},
                                 expect=201)
    if signed:
        for role in ("ae", "partner_manager"):
            tenant.as_(role).post(f"{path(deal)}/claims/{made['claim_id']}/signoffs",
                                  {"decision": "sign", "claim_version": 1}, expect=201)
    return made


def read(tenant, deal, role="ae"):
    return tenant.as_(role).get(path(deal), expect=200)


def refused_for(tenant, deal, other, code, *words, role="ae"):
    before = read(tenant, deal, "cro").json, read(tenant, other, "cro").json
    answer = tenant.as_(role).refused("POST", f"{path(deal)}/merge", {"from": other["opportunity_id"]}, code)
    for word in words:
        assert word in answer.json["detail"], answer.json["detail"]
    assert (read(tenant, deal, "cro").json, read(tenant, other, "cro").json) == before
    return answer
