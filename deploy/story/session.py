"""Requests to a running service by its people, each step once, on a moved clock.

A journal keeps of each answer what later steps need, so that a story that was broken off is continued, on the day on
which it began. A step that was done but not written down is repeated under its Idempotency-Key.
"""
import base64
import hmac
import http.client
import json
import os
import threading
import time
import urllib.parse


TRIES, PAUSE_S = 120, .5


class Refused(Exception):
    """An answer that is not 2xx."""


def dev_tokens(directory):
    """Tokens by the key of `tandem dev`, for people whom dev.env does not know: (subject, role) -> token."""
    with open(f"{directory}/jwt.json", encoding="utf-8") as file:
        settings = json.load(file)
    with open(f"{directory}/{settings['keys'][0]['secret_file']}", "rb") as file:
        secret = file.read()

    def part(value):
        return base64.urlsafe_b64encode(value).rstrip(b"=")

    def mint(subject, role):
        now = int(time.time())
        said = [{"alg": "HS256", "typ": "JWT", "kid": settings["keys"][0]["kid"]},
                {"iss": settings["issuer"], "aud": settings["audience"], "sub": subject, "tenant": "demo",
                 "roles": [role], "iat": now, "exp": now + 3600}]
        text = b".".join(part(json.dumps(one).encode()) for one in said)
        return (text + b"." + part(hmac.digest(secret, text, "sha256"))).decode()
    return mint


class Journal:
    """Lines of [key, what is needed of the answer]; the first one says the day, the last one that all is told."""

    def __init__(self, path=None):
        self.path, self.known, self.lock = path, {}, threading.Lock()
        if path and os.path.exists(path):
            with open(path, "r+", encoding="utf-8") as file:
                whole = file.read().rpartition("\n")[0]  # a line that was being written says nothing
                self.known = dict(json.loads(line) for line in whole.splitlines())
                file.seek(0)
                file.truncate()
                file.write(whole + "\n" if whole else "")

    def __contains__(self, key):
        return key in self.known

    def __getitem__(self, key):
        return self.known[key]

    def __setitem__(self, key, value):
        with self.lock:
            self.known[key] = value
            if self.path:
                with open(self.path, "a", encoding="utf-8") as file:
                    file.write(json.dumps([key, value]) + "\n")

    def forget(self):
        self.known = {}
        if self.path and os.path.exists(self.path):
            os.remove(self.path)


class Session:
    """`token_of(subject, role)` gives a token. `base_s` moves everybody's clock, `day` names the keys of the steps."""

    def __init__(self, url, token_of, journal, base_s=0):
        self.address = urllib.parse.urlsplit(url).netloc
        self.token_of, self.journal, self.base_s, self.day = token_of, journal, base_s, None
        self.local, self.tokens, self.connections = threading.local(), {}, []
        self.stop = threading.Event()

    def send(self, who, method, path, body=None, day=0, key=None, headers=None):
        """(status, answer). What was not answered, 409 request_in_progress and 503 are tried again for a minute."""
        subject, role = who
        if who not in self.tokens:
            self.tokens[who] = self.token_of(subject, role)
        sent = {"Authorization": f"Bearer {self.tokens[who]}", **(headers or {})}
        offset_s = self.base_s + day * 86400
        if offset_s:
            sent["Tandem-Clock-Offset"] = str(offset_s)
        if method == "POST":
            sent["Idempotency-Key"] = key
        if body is not None:
            sent["Content-Type"] = f"application/{'merge-patch+' if method == 'PATCH' else ''}json"
        for attempt in range(TRIES):
            if self.stop.is_set():
                raise Refused("stopped")
            if not hasattr(self.local, "connection"):
                self.local.connection = http.client.HTTPConnection(self.address, timeout=60)
                self.connections.append(self.local.connection)
            try:
                self.local.connection.request(method, path, body and json.dumps(body), sent)
                answer = self.local.connection.getresponse()
                status, text = answer.status, answer.read()
            except (http.client.HTTPException, OSError):
                del self.local.connection
                if attempt == TRIES - 1:
                    raise
                time.sleep(PAUSE_S)
                continue
            if status != 503 and b"request_in_progress" not in text:
                break
            time.sleep(PAUSE_S)
        return status, json.loads(text)

    def close(self):
        for one in self.connections:
            one.close()

    def get(self, who, path, day=0):
        status, answer = self.send(who, "GET", path, day=day)
        if status != 200:
            raise Refused(f"GET {path}: {status} {answer}")
        return answer

    def do(self, key, who, method, path, body=None, day=0, headers=None, there=()):
        """A step that is done once. `there`: statuses that say it was done before."""
        if key in self.journal:
            return self.journal[key]
        status, answer = self.send(who, method, path, body, day, f"story/{self.day}/{key}", headers)
        if not 200 <= status < 300 and status not in there:
            raise Refused(f"{key}: {method} {path} as {who[0]}: {status} {json.dumps(answer)}")
        kept = {name: answer[name] for name in ("registration_id", "opportunity_id", "partner_id") if answer.get(name)}
        self.journal[key] = kept
        return kept
