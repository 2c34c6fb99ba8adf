"""`tandem health`: the check that containers and monitors run."""
import contextlib
import socket
import subprocess
import threading
import time

import pytest

from support.stand import binary, clean_environment, free_port


def health(*arguments, **settings):
    return subprocess.run([binary(), "health", *arguments], env=clean_environment() | settings,
                          capture_output=True, text=True, timeout=20)


@contextlib.contextmanager
def answering(answer):
    """A listener that answers one connection with these bytes (None: takes it and stays silent); gives its URL and
    what it was asked."""
    asked = []
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def answer_one():
            connection, _ = listener.accept()
            with connection:
                asked.append(connection.recv(4096).decode())
                if answer is None:
                    done.wait(20)
                else:
                    connection.sendall(answer)

        thread = threading.Thread(target=answer_one, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked
        done.set()
        thread.join(20)


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_a_ready_service_is_healthy(facts, address):
    run = health(TANDEM_ADDRESS=address, TANDEM_PORT=str(facts["port"]))
    assert (run.returncode, run.stdout, run.stderr) == (0, "ready\n", "")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("end", ["", "/"])
def test_the_url_names_the_service(facts, host, end):
    assert health("--url", f"http://{host}:{facts['port']}{end}").returncode == 0


def test_nobody_there_is_not_healthy():
    run = health(TANDEM_PORT=str(free_port()))
    assert run.returncode == 1
    assert "nothing answers" in run.stderr


def test_a_service_that_is_not_ready_is_not_healthy():
    with answering(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n") as (url, asked):
        run = health("--url", url + "/behind/")
    assert run.returncode == 1
    assert "answered 503" in run.stderr
    assert asked[0].startswith("GET /behind/readyz HTTP/1.1\r\nHost: " + url.removeprefix("http://") + "\r\n")


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 \r\n", b"x" * 5000])
def test_what_is_not_http_is_not_healthy(answer):
    with answering(answer) as (url, _):
        run = health("--url", url)
    assert run.returncode == 1
    assert "does not speak HTTP" in run.stderr


def test_a_silent_listener_costs_two_seconds():
    with answering(None) as (url, _):
        started = time.monotonic()
        run = health("--url", url)
        took = time.monotonic() - started
    assert run.returncode == 1
    assert "no answer in time" in run.stderr
    assert 1.5 < took < 10


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "https://127.0.0.1", "http://", "http://a:", "http://a:b",
                                 "http://[::1", "http://a/x?y", "http://a/x y", "http://a/\r\nX: y", "http://a@b"])
def test_a_bad_url_is_refused(url):
    run = health("--url", url)
    assert run.returncode == 2
    assert "is no address like" in run.stderr


def test_bad_settings_are_named():
    run = health(TANDEM_PORT="many")
    assert run.returncode == 1
    assert "TANDEM_PORT" in run.stderr
