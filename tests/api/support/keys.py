"""Keys and tokens of an identity provider that exists for the length of a test run."""
import json
import os
import secrets
import time

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

ISSUER = "https://id.test.example"
AUDIENCE = "tandem"
TYPES = {"HS256": "JWT", "ES256": "at+jwt", "RS256": "at+jwt", "EdDSA": "at+jwt"}


class KeyRing:
    """One key of each algorithm. The service gets the public halves; the secret of HS256 is shared by nature."""

    def __init__(self, directory):
        self.path = os.path.join(directory, "keys.json")
        self.private = {
            "ES256": ec.generate_private_key(ec.SECP256R1()),
            "RS256": rsa.generate_private_key(public_exponent=65537, key_size=2048),
            "EdDSA": ed25519.Ed25519PrivateKey.generate(),
            "HS256": secrets.token_bytes(48),
        }
        entries = []
        for algorithm, key in self.private.items():
            kid = algorithm.lower()
            entry = {"kid": kid, "alg": algorithm, "typ": [TYPES[algorithm]]}
            if algorithm == "HS256":
                entry["secret_file"], content = f"{kid}.bin", key
            else:
                entry["public_key_file"] = f"{kid}.pem"
                content = key.public_key().public_bytes(serialization.Encoding.PEM,
                                                        serialization.PublicFormat.SubjectPublicKeyInfo)
            with open(os.open(os.path.join(directory, f"{kid}.{'bin' if algorithm == 'HS256' else 'pem'}"),
                              os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
                file.write(content)
            entries.append(entry)
        self.signing_path = os.path.join(directory, "signing.pem")
        with open(os.open(self.signing_path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            file.write(ed25519.Ed25519PrivateKey.generate().private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        with open(self.path, "w", encoding="utf-8") as file:
            json.dump({"issuer": ISSUER, "audience": AUDIENCE, "leeway_s": 60,
                       "claims": {"roles": "roles", "tenant": "tenant", "partner": "partner"},
                       "keys": entries}, file, indent=2)

    def private_texts(self):
        """For the workers of a parallel run: the same keys as text."""
        return {a: k.hex() if isinstance(k, bytes) else k.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
            for a, k in self.private.items()}


def token(private_texts, subject, tenant, roles, partner=None, algorithm="ES256", claims=None, headers=None):
    """A token that the service takes. `claims` and `headers` overwrite members; None removes one."""
    now = int(time.time())
    payload = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "tenant": tenant, "roles": list(roles),
               "iat": now, "exp": now + 3600, "partner": partner} | (claims or {})
    header = {"kid": algorithm.lower(), "typ": TYPES[algorithm]} | (headers or {})
    key = private_texts[algorithm]
    return jwt.encode({n: v for n, v in payload.items() if v is not None},
                      bytes.fromhex(key) if algorithm == "HS256" else key, algorithm=algorithm, headers=header)
