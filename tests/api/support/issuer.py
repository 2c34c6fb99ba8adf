"""An identity provider on this machine: publishes keys over https under a certificate of its own authority, changes
them at a word, and misbehaves on request."""
import base64
import datetime
import http.server
import ipaddress
import json
import os
import ssl
import threading
import time

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from .keys import AUDIENCE, ISSUER

PEM, NAKED = serialization.Encoding.PEM, serialization.NoEncryption()


def pem_of(key):
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, NAKED)


def certificate(name, key, signer_name, signer, authority=False, address=None):
    def named(text):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
    now = datetime.datetime.utcnow()
    made = (x509.CertificateBuilder().subject_name(named(name)).issuer_name(named(signer_name))
            .public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True))
    if address:
        made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), False)
    return made.sign(signer, hashes.SHA256()).public_bytes(PEM)


def number(value):
    return base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()


class Issuer:
    """`keys`: {kid: private RSA key}. What is answered: `document()` with `status`, or whatever `misbehave` writes."""

    def __init__(self, directory):
        self.directory = str(directory)
        self.ca_file = os.path.join(self.directory, "ca.pem")
        self.chain = os.path.join(self.directory, "issuer.pem")
        authority, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        with open(self.ca_file, "wb") as file:
            file.write(certificate("Test authority", authority, "Test authority", authority, authority=True))
        with open(os.open(self.chain, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            file.write(certificate("issuer", own, "Test authority", authority, address="127.0.0.1") + pem_of(own))
        self.keys, self.others, self.misbehave, self.looks, self.server = {}, [], None, 0, None
        self.start()

    def start(self):
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def do_GET(self):
                issuer.looks += 1
                if issuer.misbehave:
                    issuer.misbehave(self)
                else:
                    issuer.answer(self, issuer.document())

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def finish_request(self, request, client_address):  # in the connection's thread: a slow caller stops nobody
                with issuer.context.wrap_socket(request, server_side=True) as secured:
                    super().finish_request(secured, client_address)

            def handle_error(self, *_):  # callers that break off on purpose
                pass

        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.chain)
        port = self.server.server_port if self.server else 0
        self.server = Server(("127.0.0.1", port), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    @staticmethod
    def answer(handler, body, status=200, **headers):
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    def publish(self, *kids):
        """These keys and no others; new ones are made."""
        self.keys = {kid: self.keys.get(kid) or rsa.generate_private_key(public_exponent=65537, key_size=2048)
                     for kid in kids}

    def jwk(self, kid):
        public = self.keys[kid].public_key().public_numbers()
        return {"kty": "RSA", "use": "sig", "kid": kid, "n": number(public.n), "e": number(public.e)}

    def document(self):
        return json.dumps({"keys": self.others + [self.jwk(kid) for kid in self.keys]}).encode()

    def url(self, host="127.0.0.1", scheme="https"):
        return f"{scheme}://{host}:{self.server.server_port}/.well-known/jwks.json"

    def key_file(self, **changes):
        """Its path. A change to None leaves the member out."""
        path = os.path.join(self.directory, "keys.json")
        settings = {"issuer": ISSUER, "audience": AUDIENCE, "jwks_url": self.url(), "jwks_ca_file": "ca.pem",
                    "refresh_s": 86400, "algorithms": ["RS256", "PS256"], "typ": ["JWT"]} | changes
        with open(path, "w", encoding="utf-8") as file:
            json.dump({n: v for n, v in settings.items() if v is not None}, file)
        return path

    def token(self, kid, subject, tenant, roles, algorithm="RS256", key=None, **claims):
        now = int(time.time())
        payload = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "tenant": tenant, "roles": roles, "iat": now,
                   "exp": now + 3600} | claims
        return jwt.encode(payload, pem_of(key or self.keys[kid]).decode(), algorithm=algorithm,
                          headers={"kid": kid, "typ": "JWT"})
