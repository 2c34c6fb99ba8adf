"""Two at once. Every race is held at a lock until all runners stand there (support/barrier.py), so that it is one."""
import uuid

import pytest

from support.barrier import Barrier, Sender, meet


def rows(table, *ids):
    """Holds these rows against everybody who writes them or refers to them."""
    return f"select from {table} where id in ({', '.join(repr(one) for one in ids)}) for update"


def count(database, sql, *values):
    with database.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()[0]


def outcome(answers):
    return sorted(answer.code or str(answer.status) for answer in answers)


@pytest.fixture
def url(facts):
    return facts["superuser_url"]


# -- approvals of one customer ------------------------------------------------------------------------------------------
def rivals(tenant):
    """Two partners, each with a representative."""
    reps = [tenant.person("partner_rep", partner=tenant.partner()) for _ in range(2)]
    return tenant.as_("partner_manager"), tenant.as_("ae"), reps


def same_customer(tenant, reps, number):
    customer = {"name": f"Wanted {number}", "domains": [f"wanted-{number}-{tenant.key}.com"], "country": "DE"}
    return [tenant.register(rep, customer=customer)["registration_id"] for rep in reps]


def approval(tenant, manager, ae, rep, registration):
    return (manager, "post", f"/v1/registrations/{registration}/approve",
            {"ae": ae.person_id, "partner_manager": manager.person_id, "partner_rep": {"person_id": rep.person_id}})


def approved_of(database, tenant, registrations):
    return count(database, "select count(*) from registration join tenant using (tenant_id) where key = %s "
                 "and registration.id = any(%s::uuid[]) and state = 3", tenant.key, registrations)


def test_of_two_approvals_of_one_customer_exactly_one_wins(tenant, url, database):
    manager, ae, reps = rivals(tenant)
    for number in range(50):
        registrations = same_customer(tenant, reps, number)
        answers = meet(url, rows("registration", *registrations),
                       *[approval(tenant, manager, ae, *pair) for pair in zip(reps, registrations)])
        assert sorted(answer.status for answer in answers) == [200, 409], answers
        loser, = (answer for answer in answers if answer.status == 409)
        assert loser.code in ("conflict_unresolved", "earlier_registration_pending"), loser
        assert approved_of(database, tenant, registrations) == 1
    assert count(database, "select count(*) from opportunity join tenant using (tenant_id) where key = %s",
                 tenant.key) == 50
    assert count(database, "select count(*) from claim join tenant using (tenant_id) where key = %s", tenant.key) == 50


def test_a_rejection_of_the_first_between_two_approvals(tenant, url, database):
    """The second may only be approved when the first was rejected before: never both, never against an open one."""
    manager, ae, reps = rivals(tenant)
    for number in range(10):
        first, second = same_customer(tenant, reps, number)
        rejection = (manager, "post", f"/v1/registrations/{first}/reject",
                     {"reason_code": "not_qualified", "reason": "The customer has no budget before 2028"})
        approve_first, reject_first, approve_second = meet(
            url, rows("registration", first, second), approval(tenant, manager, ae, reps[0], first), rejection,
            approval(tenant, manager, ae, reps[1], second))
        assert outcome([approve_first, reject_first]) == ["200", "invalid_state"]
        if approve_second.status == 200:
            assert reject_first.status == 200
        assert approved_of(database, tenant, [first, second]) <= 1


def test_one_registration_approved_twice(tenant, url, database):
    manager, ae, reps = rivals(tenant)
    registration, _ = same_customer(tenant, reps, 0)
    answers = meet(url, rows("registration", registration),
                   *[approval(tenant, manager, ae, reps[0], registration)] * 4)
    assert outcome(answers) == ["200"] + ["invalid_state"] * 3
    assert count(database, "select count(*) from claim join tenant using (tenant_id) where key = %s", tenant.key) == 1


def test_the_database_alone_lets_one_protection_stand(tenant, database, facts):
    """Without our lock and our check: the exclusion constraint refuses the second protected registration."""
    import psycopg2
    manager, ae, reps = rivals(tenant)
    first, second = same_customer(tenant, reps, 0)
    tenant.approve({"registration_id": first}, rep=reps[0])
    with pytest.raises(psycopg2.errors.ExclusionViolation, match="registration_protected_once"):
        database.cursor().execute(
            "update registration r set state = 3, verdict = 1, approved_at = w.approved_at, protected_until = w.protected_until, "
            "opportunity_id = w.opportunity_id from registration w where w.id = %s and r.id = %s", [first, second])


# -- signatures -----------------------------------------------------------------------------------------------------------
def claim_of(deal):
    claim = deal["claims"][0]["claim_id"]
    return claim, f"/v1/opportunities/{deal['opportunity_id']}/claims/{claim}"


def locks_of(deal):
    """Wherever an operation on the deal waits first."""
    return rows("opportunity", deal["opportunity_id"]) + ";" + rows("claim", deal["claims"][0]["claim_id"])


def signing(tenant, role, path, version=1):
    return (tenant.as_(role), "post", f"{path}/signoffs", {"decision": "sign", "claim_version": version})


def signoffs(database, claim):
    with database.cursor() as cursor:
        cursor.execute("select s.claim_version, s.role, s.decision from signoff s join claim c using (tenant_id, claim_id) "
                       "where c.id = %s order by 1, 2", [claim])
        return cursor.fetchall()


def test_two_signatures_at_once_are_both_kept(tenant, url, database):
    for _ in range(10):
        deal = tenant.deal()
        claim, path = claim_of(deal)
        answers = meet(url, locks_of(deal), *[signing(tenant, role, path) for role in ("ae", "partner_manager")])
        assert [answer.status for answer in answers] == [201, 201], answers
        assert sorted(answer["state"] for answer in answers) == ["pending", "signed"]
        assert signoffs(database, claim) == [(1, 1, 1), (1, 2, 1)]


def test_one_role_signs_once(tenant, url, database):
    deal = tenant.deal()
    claim, path = claim_of(deal)
    answers = meet(url, locks_of(deal), *[signing(tenant, "ae", path)] * 4)
    assert outcome(answers) == ["201"] + ["already_signed"] * 3
    assert signoffs(database, claim) == [(1, 1, 1)]


def test_a_signature_never_stands_under_a_version_that_was_not_signed(tenant, url, database):
    seen = set()
    for _ in range(20):
        deal = tenant.deal()
        claim, path = claim_of(deal)
        signed, changed = meet(url, locks_of(deal), signing(tenant, "partner_manager", path),
                               (tenant.as_("ae"), "patch", path, {"kind": "introduction"}, "*"))
        assert changed.status == 200, changed
        assert signed.status == 201 or signed.code == "claim_version_stale", signed
        seen.add(signed.status)
        assert {version for version, _, _ in signoffs(database, claim)} <= {1}
        now = tenant.read(deal["opportunity_id"])["claims"][0]
        assert (now["version"], now["state"], now["signoffs"]) == (2, "pending", [])
    print("the signature came first, or too late:", sorted(seen))


# -- stages ---------------------------------------------------------------------------------------------------------------
def unconfirmed_below(database, deal):
    """Criteria of stages below the deal's whose newest evidence lacks a side's confirmation (or has none)."""
    return count(database, """
        select count(*) from opportunity o
          join criterion k on k.tenant_id = o.tenant_id and k.model_version = o.model_version and k.type <> 6
           and k.stage_number < least(o.vendor_stage, o.partner_stage)
         where o.id = %s and 2 > (
            select count(distinct f.side) from confirmation f
             where (f.tenant_id, f.opportunity_id, f.criterion) = (k.tenant_id, o.opportunity_id, k.key)
               and f.evidence_version = (select max(e.evidence_version) from evidence e where
                    (e.tenant_id, e.opportunity_id, e.criterion) = (k.tenant_id, o.opportunity_id, k.key)))""",
                 deal["opportunity_id"])


def test_an_advance_against_new_evidence(tenant, url, database):
    """The partner confirms what it read while the AE replaces it: the deal never stands on what one side has not seen."""
    seen = set()
    for _ in range(10):
        deal = tenant.deal()
        tenant.advance(deal["opportunity_id"], 2)
        path = f"/v1/opportunities/{deal['opportunity_id']}"
        move = {"stage": "qualified", "to_stage": "validating"}
        tenant.as_("ae").post(f"{path}/advance", move | {"evidence": [
            {"criteria": ["need", "budget", "reason_to_act", "joint_value"]} | tenant.evidence("need")]}, expect=202)
        confirmed, replaced = meet(
            url, locks_of(deal), (tenant.as_("partner_rep"), "post", f"{path}/advance", move),
            (tenant.as_("ae"), "put", f"{path}/evidence/need",
             {"type": "statement", "statement": "The need is another one than we both thought"}, '"1"'))
        assert replaced.status == 200 or (confirmed.status, replaced.code) == (200, "stage_mismatch"), replaced
        # too late: the proposal has ended, so the partner's call is a proposal of its own
        assert confirmed.status in (200, 202), confirmed
        seen.add(confirmed.status)
        assert unconfirmed_below(database, deal) == 0
    print("the confirmation came first (200), or the evidence did (202):", sorted(seen))


def test_two_confirmations_of_one_proposal(tenant, url, database):
    deal = tenant.deal()
    path = f"/v1/opportunities/{deal['opportunity_id']}/advance"
    move = {"stage": "registered", "to_stage": "qualified"}
    tenant.as_("ae").post(path, move, expect=202)
    answers = meet(url, locks_of(deal), *[(tenant.as_("partner_rep"), "post", path, move)] * 4)
    assert outcome(answers) == ["200"] + ["stage_mismatch"] * 3
    assert tenant.read(deal["opportunity_id"])["stage"]["number"] == 2


def test_both_sides_propose_at_once(tenant, url, database):
    """One of the two is the confirmation of the other: the deal moves by exactly one stage."""
    for _ in range(5):
        deal = tenant.deal()
        path = f"/v1/opportunities/{deal['opportunity_id']}/advance"
        move = {"stage": "registered", "to_stage": "qualified"}
        answers = meet(url, locks_of(deal),
                       *[(tenant.as_(role), "post", path, move) for role in ("ae", "partner_rep")])
        assert sorted(answer.status for answer in answers) == [200, 202], answers
        assert tenant.read(deal["opportunity_id"])["stage"]["number"] == 2


# -- one key, many clients ------------------------------------------------------------------------------------------------
CLIENTS = 24


def partners_named(database, tenant, name):
    return count(database, "select count(*) from partner p join tenant t using (tenant_id) where t.key = %s and p.name = %s",
                 tenant.key, name)


def ask(caller, key, body, path, clients=CLIENTS):
    return [Sender(caller, "post", path, body, key=key) for _ in range(clients)]


def persist(caller, key, body, path):
    """24 clients at once; whoever is told that the request is running asks again. All the answers, in their order."""
    answers, waiting = [], ask(caller, key, body, path)
    while waiting:
        told = [sender.result() for sender in waiting]
        answers += [answer for answer in told if answer.code != "request_in_progress"]
        running = [answer for answer in told if answer.code == "request_in_progress"]
        assert all(int(answer.headers["Retry-After"]) >= 1 for answer in running)
        waiting = ask(caller, key, body, path, len(running))
    return answers


def test_one_key_from_24_clients_takes_effect_once(tenant, url, database):
    """One client is inside; the other 23 are told so; afterwards everybody gets the very same answer."""
    manager, admin = tenant.as_("partner_manager"), tenant.as_("admin")
    for number in range(3):
        key = str(uuid.uuid4())
        body = {"name": f"Partner of 24 clients {number}", "program_type": "both", "manager": manager.person_id}
        with Barrier(url, rows("person", manager.person_id)) as barrier:
            senders = ask(admin, key, body, "/v1/partners")
            inside, = barrier.until_waiting(1)
            while sum(sender.is_alive() for sender in senders) > 1:
                assert barrier.waiting() == [inside]
            told = [sender.result() for sender in senders if not sender.is_alive()]
        assert len(told) == CLIENTS - 1
        assert {(answer.status, answer.code) for answer in told} == {(409, "request_in_progress")}
        assert all(int(answer.headers["Retry-After"]) >= 1 for answer in told)
        first, = (answer for answer in (sender.result() for sender in senders) if answer not in told)
        assert first.status == 201 and "Idempotent-Replayed" not in first.headers
        again = persist(admin, key, body, "/v1/partners")
        assert len(again) == CLIENTS
        for answer in again:
            assert (answer.status, answer.bytes, answer.etag) == (201, first.bytes, first.etag)
            assert answer.headers["Location"] == first.headers["Location"]
            assert answer.headers["Idempotent-Replayed"] == "true"
        assert partners_named(database, tenant, body["name"]) == 1


def test_one_key_from_24_clients_who_do_not_give_up(tenant):
    """No barrier, and an effect that no natural key protects."""
    body = {"name": "The one deal of 24 clients"}
    for number in range(1, 4):
        answers = persist(tenant.as_("ae"), str(uuid.uuid4()), body, "/v1/opportunities")
        assert {(answer.status, answer.bytes) for answer in answers} == {(201, answers[0].bytes)}
        assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
        assert len(tenant.as_("ae").all("/v1/opportunities")) == number
