"""Reads of two tenants side by side in one batch: every answer belongs to its asker. The read lane's connection waits
for a lock that the test holds while the others queue up behind it, so that they go out together."""
import itertools
import random
import re
import time

from support.barrier import Barrier, Sender

OTHERS = 15  # one batch is 16; the first read occupies the connection alone


def waiting_reads(tenant):
    text = tenant.nobody().get("/metrics", expect=200).text
    return int(float(re.search(r'tandem_lane_waiting\{lane="read"\} (\S+)', text)[1]))


def batch(tenant, url, calls):
    """Sends the calls (caller, target, query) so that they wait in the lane together; the answers in their order. The first
    read waits for the lock for some seconds only: where that is not enough for all of them to come, once more."""
    for _ in range(5):
        with Barrier(url, "lock table opportunity") as barrier:
            first = Sender(tenant.as_("ae"), "get", "/v1/opportunities")
            barrier.until_waiting(1)
            senders = [Sender(caller, "get", target, query) for caller, target, query in calls]
            while first.is_alive() and waiting_reads(tenant) < len(calls):
                time.sleep(0.005)
            together = first.is_alive()
            barrier.release()
        answers = [sender.result() for sender in senders]
        if together and first.result().status == 200:
            return answers
    raise AssertionError("the reads do not queue up")


class Asker:
    """Someone of a tenant, what they may see, and what they must be told about everything else."""

    def __init__(self, tenant, caller, own, mark):
        self.tenant, self.caller, self.own, self.mark = tenant, caller, own, mark

    def judge(self, opportunity_id, answer):
        if opportunity_id is None:
            assert answer.status == 200
            assert {row["opportunity_id"] for row in answer["data"]} == self.own, self.mark
        elif opportunity_id in self.own:
            assert (answer.status, answer["opportunity_id"]) == (200, opportunity_id)
            assert self.mark in answer.text
        else:
            assert (answer.status, answer.code) == (404, "not_found")


def tenant_of(service, like, mark):
    """Another tenant of the same service: two deals of two partners and one of nobody."""
    tenant = like
    reps = [tenant.person("partner_rep", partner=tenant.partner(name=f"{mark} partner {n}")) for n in (1, 2)]
    deals = []
    for n, rep in enumerate(reps):
        registration = tenant.register(rep, customer={"name": f"{mark} customer {n}", "country": "DE",
                                                      "domains": [f"{mark}-{n}.com"]})
        deals.append(tenant.approve(registration, rep=rep)["opportunity_id"])
    direct = tenant.direct_deal(name=f"{mark} direct deal")["opportunity_id"]
    askers = [Asker(tenant, tenant.as_(role), {*deals, direct}, mark) for role in ("ae", "cro", "admin")]
    return askers + [Asker(tenant, rep, {deal}, mark) for rep, deal in zip(reps, deals)]


def test_every_answer_of_a_batch_belongs_to_its_asker(own_service, facts):
    one, service = own_service()
    two = type(one)(one.facts, one.client)
    askers = tenant_of(service, one, "vermilion") + tenant_of(service, two, "cobalt")
    everything = sorted(set().union(*(asker.own for asker in askers)))
    questions = [(asker, opportunity) for asker in askers for opportunity in [*everything, None]]
    random.Random(2).shuffle(questions)
    answered, mixed = 0, 0
    for chosen in itertools.zip_longest(*[iter(questions)] * OTHERS):
        chosen = [question for question in chosen if question]
        answers = batch(one, service.database_url, [
            (asker.caller, f"/v1/opportunities/{opportunity}" if opportunity else "/v1/opportunities", None)
            for asker, opportunity in chosen])
        mixed += len({asker.mark for asker, _ in chosen}) == 2
        for (asker, opportunity), answer in zip(chosen, answers):
            other = "cobalt" if asker.mark == "vermilion" else "vermilion"
            assert other not in answer.text
            asker.judge(opportunity, answer)
            answered += 1
    assert answered == len(questions) == 70
    assert mixed >= 4
    print(f"{answered} of {len(questions)} answers belong to their askers; {mixed} batches held both tenants")


def test_a_refused_read_in_the_middle_stops_nobody(own_service):
    """Unknown people and a read that PostgreSQL aborts share the batch with good reads."""
    tenant, service = own_service()
    deal = tenant.direct_deal()
    path, ae = f"/v1/opportunities/{deal['opportunity_id']}", tenant.as_("ae")
    stranger = tenant.caller("nobody-knows", ["ae"])
    calls = [(stranger if n % 3 == 1 else ae, path, None) for n in range(OTHERS)]
    for n, answer in enumerate(batch(tenant, service.database_url, calls)):
        if n % 3 == 1:
            assert (answer.status, answer.code) == (403, "unknown_person")
        else:
            assert answer["opportunity_id"] == deal["opportunity_id"]
