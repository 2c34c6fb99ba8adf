"""Whatever the conflict check finds, the partner's answer is one: status, headers, members, their types, and not before the
same time. Whoever submits learns nothing of what the vendor or another partner has."""
import re
import time

import pytest

EVEN_TIME_S = 0.03  # include/tandem/http/operation.h
NAME = "Nordwind Logistik"


def customer(tenant, name=NAME, domain=None):
    return {"name": name, "country": "DE", "domains": [f"{domain}-{tenant.key}.com"] if domain else []}


def rep_of(tenant):
    return tenant.person("partner_rep", partner=tenant.partner())


def known_by_another(tenant, _):
    tenant.register(customer=customer(tenant))


def known_by_itself(tenant, rival):
    tenant.register(rival, customer=customer(tenant))


def with_a_deal(tenant, _, name=NAME, aliases=()):
    deal = tenant.direct_deal(account={"name": name, "country": "DE"})
    tenant.as_("ae").patch(f"/v1/accounts/{deal['account']['account_id']}", {"aliases": list(aliases)}, "*", expect=200)


def protected(tenant, _):
    tenant.approve(tenant.register(customer=customer(tenant)))


CASES = {
    "clear": (lambda tenant, _: None, ("clear", "no_conflict")),
    "contested": (known_by_another, ("contested", "earlier_registration")),
    "protected": (protected, ("existing_deal", "open_opportunity")),
    "existing_deal": (with_a_deal, ("existing_deal", "open_opportunity")),
    "duplicate_of_own": (known_by_itself, ("duplicate_of_own", "own_registration")),
    "similar": (lambda tenant, rival: with_a_deal(tenant, rival, "Nordwint Logistik"), ("contested", "similar_name")),
    "alias": (lambda tenant, rival: with_a_deal(tenant, rival, "Blauwal", [NAME]), ("existing_deal", "open_opportunity")),
    "similar alias": (lambda tenant, rival: with_a_deal(tenant, rival, "Blauwal", ["Nordwint Logistik"]),
                      ("contested", "similar_name")),
}
VARYING = re.compile(r"dur=[0-9.]+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[0-9:.]+Z|[0-9a-f]{64}|t\d+-\d+-[0-9a-f]{6}|omar\d+|@c\d+-")


def shape(answer):
    """The answer with ids, instants and the tenant's own names left out."""
    body = VARYING.sub("*", answer.text)
    headers = {name: VARYING.sub("*", value) for name, value in answer.headers.items()
               if name not in ("Date", "ETag", "Content-Length", "traceparent", "RateLimit", "RateLimit-Remaining", "Location")}
    return answer.status, sorted(answer.headers), headers, body


def told(tenant, registration):
    conflict = tenant.as_("cro").get(f"/v1/registrations/{registration['registration_id']}", expect=200)["conflict"]
    return conflict["verdict"], conflict["rule"]


def one_shape(seen):
    first = next(iter(seen.values()))
    for case, found in seen.items():
        assert found == first, case


def submitted(tenant, rival):
    body = tenant.registration_body(customer=customer(tenant), contact={"name": "Jana Vogt", "email": "jana@nordwind.example"},
                                    partner_rep={"name": "Omar Reyes", "email": "omar@partner.example"})
    start = time.perf_counter()
    answer = rival.post("/v1/registrations", body, expect=201)
    return answer, time.perf_counter() - start


@pytest.fixture
def prepared(new_tenant):
    def prepare(case):
        tenant = new_tenant()
        tenant.as_("partner_rep")
        rival = rep_of(tenant)
        CASES[case][0](tenant, rival)
        return tenant, rival
    return prepare


def test_a_submission_is_answered_alike_whatever_is_found(prepared):
    sent, read, listed = {}, {}, {}
    for case, (_, verdict) in CASES.items():
        tenant, rival = prepared(case)
        answer, spent = submitted(tenant, rival)
        assert answer["verdict"] == "received" and spent >= EVEN_TIME_S, case
        assert told(tenant, answer) == verdict, case
        sent[case] = shape(answer)
        read[case] = shape(rival.get(f"/v1/registrations/{answer['registration_id']}", expect=200))
        pages = rival.get("/v1/registrations", {"limit": 1}, expect=200)
        listed[case] = VARYING.sub("*", str(pages["data"][0]))
    one_shape(sent)
    one_shape(read)
    one_shape(listed)


def test_a_resubmission_is_answered_alike_whatever_is_found(prepared):
    seen = {}
    for case, (_, verdict) in CASES.items():
        tenant, rival = prepared(case)
        first = tenant.register(rival, customer=customer(tenant, "Ganz Anderswo", "elsewhere"),
                                contact={"name": "Jana Vogt", "email": "jana@nordwind.example"},
                                partner_rep={"name": "Omar Reyes", "email": "omar@partner.example"})
        path = f"/v1/registrations/{first['registration_id']}"
        tenant.as_("partner_manager").post(f"{path}/request-changes", {"fields": ["customer"], "text": "Which one is it"},
                                           expect=200)
        start = time.perf_counter()
        answer = rival.post(f"{path}/resubmit", {"customer": customer(tenant)}, expect=200)
        assert time.perf_counter() - start >= EVEN_TIME_S, case
        assert told(tenant, answer) == verdict, case
        seen[case] = shape(answer)
    one_shape(seen)


def test_only_what_must_look_alike_is_held(prepared):
    """A representative's other calls are answered when they are done: one of twenty reads is quicker at least."""
    tenant, rival = prepared("clear")
    registration, _ = submitted(tenant, rival)
    times = []
    for _ in range(20):
        start = time.perf_counter()
        rival.get(f"/v1/registrations/{registration['registration_id']}", expect=200)
        times.append(time.perf_counter() - start)
    assert min(times) < EVEN_TIME_S
