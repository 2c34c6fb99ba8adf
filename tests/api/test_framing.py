"""Messages that two readers could read in two ways are refused and the connection is closed, before libmicrohttpd or a
handler sees them. The gate's own tables stand in tests/http; this is the whole service, from the wire."""
import pytest

from support.raw import Wire, closes, exchange

POST = "/v1/registrations"


def message(*headers, method="GET", target="/livez", body=b"", host="Host: t\r\n"):
    return f"{method} {target} HTTP/1.1\r\n{host}{''.join(h + chr(13) + chr(10) for h in headers)}\r\n".encode("latin-1") + body


AMBIGUOUS = {
    "two lengths": message("Content-Length: 5", "Content-Length: 6", method="POST", target=POST, body=b"hello!"),
    "two equal lengths": message("Content-Length: 5", "Content-Length: 5", method="POST", target=POST, body=b"hello"),
    "a length with a sign": message("Content-Length: +5", method="POST", target=POST, body=b"hello"),
    "a length in hex": message("Content-Length: 0x5", method="POST", target=POST, body=b"hello"),
    "a list of lengths": message("Content-Length: 5, 5", method="POST", target=POST, body=b"hello"),
    "length and encoding": message("Content-Length: 5", "Transfer-Encoding: chunked", method="POST", target=POST,
                                   body=b"0\r\n\r\n"),
    "two encodings": message("Transfer-Encoding: chunked", "Transfer-Encoding: identity", method="POST", target=POST,
                             body=b"0\r\n\r\n"),
    "an unknown encoding": message("Transfer-Encoding: gzip", method="POST", target=POST, body=b"0\r\n\r\n"),
    "an encoding in disguise": message("Transfer-Encoding: xchunked", method="POST", target=POST, body=b"0\r\n\r\n"),
    "two hosts": message("Host: other"),
    "two tokens": message("Authorization: Bearer a", "Authorization: Bearer b"),
    "two types": message("Content-Type: application/json", "Content-Type: text/plain"),
    "two keys": message("Idempotency-Key: a", "Idempotency-Key: b"),
    "two preconditions": message('If-Match: "1"', 'If-Match: "2"'),
    "a space in a name": message("X A: b"),
    "a space before the colon": message("Content-Length : 5", method="POST", target=POST, body=b"hello"),
    "a name of no letters": message("@: b"),
    "no host": message(host=""),
    "no version": b"GET /livez\r\n\r\n",
    "no request": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n",
}


# refused by libmicrohttpd itself, in its own words or without any
NOT_OURS = {"no host", "no version", "no request", "a length with a sign", "a length in hex", "a list of lengths"}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_an_ambiguous_message_is_refused_and_hung_up_on(client, name):
    data = AMBIGUOUS[name]
    method, target = data.decode("latin-1").split("\r")[0].split(" ")[:2] if name not in NOT_OURS else ("GET", "/")
    answer = exchange(client, data, method, target)
    if name not in NOT_OURS:
        assert (answer.status, answer.code) == (400, "malformed_request"), answer
    assert answer is None or answer.status == 400, answer
    assert closes(answer), "what follows on this connection could be a smuggled request"


def test_a_zero_in_the_path_is_refused(client):
    answer = exchange(client, message(target="/v1/registrations/%00"), "GET", "/v1/registrations/%00")
    assert answer.code in ("malformed_request", "not_found"), answer


def test_a_smuggled_request_is_never_served(client):
    """The second request hides in the body that one of two readers would see."""
    inner = b"GET /metrics HTTP/1.1\r\nHost: t\r\n\r\n"
    data = message("Transfer-Encoding: chunked", f"Content-Length: {len(inner) + 5}", method="POST", target="/livez",
                   body=b"0\r\n\r\n" + inner)
    with Wire(client) as wire:
        wire.send(data)
        assert wire.answer("POST", "/livez").code == "malformed_request"
        assert wire.rest() == b"", "the hidden request was answered"


def test_encoded_slashes_do_not_make_segments(anonymous):
    assert anonymous.get("/v1%2Fregistrations").code == "not_found"


def test_a_request_in_pieces_is_one_request(client):
    with Wire(client) as wire:
        for byte in message():
            wire.send(bytes([byte]))
        assert wire.answer("GET", "/livez").status == 200


def test_requests_in_one_packet_are_answered_in_their_order(client):
    with Wire(client) as wire:
        wire.send(message() + message(target="/problems/internal") + message())
        assert wire.answer("GET", "/livez").json == {"status": "alive"}
        assert wire.answer("GET", "/problems/internal")["code"] == "internal"
        assert wire.answer("GET", "/livez").json == {"status": "alive"}


def test_chunks_are_a_body_like_any_other(tenant, client):
    token = tenant.as_("cro").token
    body = b'{"class":"direct","amount":{"amount_minor":5,"currency":"USD"}}'
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:7], body[7:])) + b"0\r\n\r\n"
    data = message(f"Authorization: Bearer {token}", "Transfer-Encoding: chunked", "Content-Type: application/json",
                   "If-None-Match: *", method="PUT", target="/v1/targets/2026-Q4", body=chunks)
    with Wire(client) as wire:
        wire.send(data)
        assert wire.answer("PUT", "/v1/targets/2026-Q4", tenant.as_("cro").roles).status == 201
    assert tenant.as_("cro").all("/v1/targets")[0]["amount"] == tenant.money(5)
