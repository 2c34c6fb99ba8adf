"""Requests that start in the same moment, each on a connection of its own."""
import copy
import threading

from .client import Client


def race(*starts):
    """race((caller, lambda caller: caller.post(...)), ...): the answers, in the order of the starts."""
    barrier, answers, failures = threading.Barrier(len(starts)), [None] * len(starts), []

    def run(place, caller, act):
        own = copy.copy(caller)
        own.client = Client(caller.client.port, caller.client.traffic, caller.client.contract)
        try:
            barrier.wait()
            answers[place] = act(own)
        except BaseException as failure:  # pylint: disable=broad-except
            failures.append(failure)
        finally:
            own.client.close()

    threads = [threading.Thread(target=run, args=(place, *start)) for place, start in enumerate(starts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return answers
