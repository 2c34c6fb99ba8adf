"""The HTTP layer over real sockets when there is more than it can do at once: suspended requests, full queues, slow peers,
the drain.

usage: smoke_load.py PATH_OF_SMOKE_SERVER
"""
import os
import signal
import socket
import threading
import time
import unittest

from smoke_client import Client, ServerCase


class Suspended(ServerCase):
    settings = {"access_log": 0}

    def test_64_connections_at_once(self):
        failures = []

        def work(number):
            try:
                client = Client(self.port)
                for i in range(40):
                    name = f"{number}-{i}"
                    if i % 4 == 3:
                        reply = client.request("GET", "/v1/slow?wait_ms=2")
                        good = reply.status == 200
                    else:
                        reply = client.request("GET", f"/v1/names/{name}")
                        good = reply.json["value"] == name
                    if not good:
                        failures.append((name, reply.status))
                client.close()
            except Exception as error:  # noqa: BLE001 - any failure of a client is the test's failure
                failures.append((number, repr(error)))

        threads = [threading.Thread(target=work, args=(number,)) for number in range(64)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])

    def test_clients_that_leave_while_suspended(self):
        for _ in range(30):
            client = Client(self.port)
            client.send("GET /v1/slow?wait_ms=30 HTTP/1.1\r\nHost: t\r\n\r\n")
            client.close()
        time.sleep(0.3)
        self.assertEqual(self.connect().request("GET", "/v1/slow?wait_ms=1").status, 200)


class FullQueue(ServerCase):
    settings = {"threads": 1, "queue": 2, "deadline_ms": 250}

    def test_full_queue_and_deadline(self):
        clients = [self.connect() for _ in range(4)]
        for client in clients[:3]:
            client.send("GET /v1/slow?wait_ms=600 HTTP/1.1\r\nHost: t\r\n\r\n")
            time.sleep(0.1)
        reply = clients[3].request("GET", "/v1/slow")
        self.assertEqual((reply.status, reply.json["code"], reply.headers["retry-after"]), (503, "overloaded", "1"))
        self.assertEqual(clients[0].reply().status, 200)
        for client in clients[1:3]:  # they waited longer than their deadline and were not started
            reply = client.reply()
            self.assertEqual((reply.status, reply.json["code"]), (503, "deadline_exceeded"))
        self.assertEqual(clients[3].request("GET", "/v1/slow").status, 200)


class Slow(ServerCase):
    settings = {"header_timeout_s": 1, "body_timeout_s": 1}

    def drip(self, client, text):
        """A byte every 0.2 s, so that no idle timer ever fires. How long the server bore it."""
        begun = time.monotonic()
        try:
            for c in text:
                client.send(c)
                client.socket.settimeout(0.2)
                try:
                    if client.socket.recv(100) == b"":
                        break
                except TimeoutError:
                    pass
        except ConnectionError:
            pass
        return time.monotonic() - begun

    def test_dripping_clients_are_shut_down(self):
        self.assertLess(self.drip(self.connect(), "GET /" + "x" * 40), 3.5)
        self.assertLess(self.drip(self.connect(), "GET /livez HTTP/1.1\r\nA: " + "x" * 40), 4.5)
        client = self.connect()
        client.send("POST /v1/raw HTTP/1.1\r\nHost: t\r\nContent-Length: 100\r\n\r\n")
        self.assertLess(self.drip(client, "x" * 40), 3.5)

    def test_an_idle_connection_and_a_long_answer_are_no_drip(self):
        client = self.connect()
        self.assertEqual(client.request("GET", "/livez").status, 200)
        time.sleep(2.5)
        self.assertEqual(client.request("GET", "/v1/slow?wait_ms=2500").status, 200)


class Drain(ServerCase):
    settings = {"threads": 4}

    def test_what_was_accepted_is_answered(self):
        idle = self.connect()
        self.assertEqual(idle.request("GET", "/readyz").status, 200)
        clients = [self.connect() for _ in range(24)]
        for client in clients:
            client.send("GET /v1/slow?wait_ms=200 HTTP/1.1\r\nHost: t\r\n\r\n")
        time.sleep(0.1)
        self.process.send_signal(signal.SIGTERM)
        replies = [client.reply() for client in clients]
        self.assertEqual([reply.status for reply in replies], [200] * 24)
        self.assertEqual({reply.headers["connection"].lower() for reply in replies}, {"close"})
        self.assertTrue(all(client.ended() for client in clients))
        self.assertTrue(idle.ended())
        self.assertEqual(self.process.wait(5), 0)
        with self.assertRaises(ConnectionError):
            Client(self.port)

    def test_requests_in_the_accept_queue_are_answered(self):
        """Connected and sent while the loop was stopped: accepted by the kernel, so accepted."""
        os.kill(self.process.pid, signal.SIGSTOP)
        clients = [self.connect() for _ in range(32)]
        for i, client in enumerate(clients):
            client.send(f"GET /v1/names/n{i} HTTP/1.1\r\nHost: t\r\n\r\n")
        self.process.send_signal(signal.SIGTERM)
        os.kill(self.process.pid, signal.SIGCONT)
        self.assertEqual([client.reply().json["value"] for client in clients], [f"n{i}" for i in range(32)])
        self.assertEqual(self.process.wait(5), 0)

    def test_a_load_that_does_not_stop(self):
        """Every request that got its bytes in before the end is answered whole, or its connection was never taken."""
        broken, answered = [], []

        def work():
            while True:
                try:
                    client = Client(self.port)
                except ConnectionError:
                    return
                try:
                    while True:
                        reply = client.request("GET", "/v1/slow?wait_ms=5")
                        answered.append(reply.status)
                        if reply.headers.get("connection", "").lower() == "close":
                            break
                except (EOFError, ConnectionError) as error:
                    broken.append(repr(error))
                finally:
                    client.close()

        threads = [threading.Thread(target=work) for _ in range(16)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        self.process.send_signal(signal.SIGTERM)
        for thread in threads:
            thread.join(20)
        self.assertEqual(self.process.wait(10), 0)
        self.assertGreater(len(answered), 100)
        self.assertEqual(set(answered), {200})
        self.assertEqual(broken, [])


class DrainDeadline(ServerCase):
    settings = {"drain_timeout_s": 1}

    def tearDown(self):
        self.assertEqual(self.process.wait(10), 1)  # one was not answered, and the exit says so
        self.process.send_signal = lambda _: None
        for client in self.clients:
            client.close()
        self.process.stdout.close()
        self.assertNotIn("Sanitizer", self.log_text())
        self.log.close()
        self.folder.cleanup()

    def test_a_worker_that_does_not_come_back_in_time(self):
        client = self.connect()
        client.send("GET /v1/slow?wait_ms=3000 HTTP/1.1\r\nHost: t\r\n\r\n")
        time.sleep(0.1)
        self.process.send_signal(signal.SIGTERM)
        self.assertTrue(client.ended())


if __name__ == "__main__":
    unittest.main(verbosity=0)
