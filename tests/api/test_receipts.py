"""A receipt says what was received, from whom and when; anybody checks it with the published key."""
import base64
import hashlib
import json

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from support.tenant import uuid7


def receipt(caller, registration):
    return caller.get(f"/v1/registrations/{registration['registration_id']}/receipt", expect=200)["receipt"]


def opened(text, keys):
    """The payload when a published key says that it is whole."""
    header = jwt.get_unverified_header(text)
    key, = [key for key in keys if key["kid"] == header["kid"]]
    assert header["alg"] == key["alg"] and header["typ"] == "tandem-receipt+jwt"
    public = jwt.PyJWK(key).key
    return jwt.decode(text, public, algorithms=[key["alg"]], options={"verify_signature": True})


def published(anonymous):
    return anonymous.get("/.well-known/jwks.json", expect=200)["keys"]


def test_a_receipt_holds_what_was_sent(tenant, anonymous):
    rep, keys = tenant.as_("partner_rep"), published(anonymous)
    body = tenant.registration_body(external_id="PRM-9")
    made = rep.post("/v1/registrations", body, expect=201)
    text = receipt(rep, made)
    said = opened(text, keys)
    assert (said["registration_id"], said["external_id"], said["partner_id"], said["version"]) == (
        made["registration_id"], "PRM-9", tenant.partner_id, 1)
    assert (said["submitted_at"], said["received_at"], said["received_from"]) == (
        made["submitted_at"], made["submitted_at"], rep.person_id)
    content = json.dumps(said["content"], separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(content.encode()).hexdigest() == said["content_sha256"]
    assert said["content"]["customer"] == body["customer"]["name"] and said["content"]["need"] == body["need"]
    # the vendor reads the same; the partner's rival reads nothing; nothing tells what was found
    assert opened(receipt(tenant.as_("cfo"), made), keys) == said
    tenant.person("partner_rep", partner=tenant.partner()).refused(
        "GET", f"/v1/registrations/{made['registration_id']}/receipt", code="not_found")
    assert not {"verdict", "conflict", "state"} & set(said)


def test_a_changed_receipt_is_found_out(tenant, anonymous):
    text, keys = receipt(tenant.as_("partner_rep"), tenant.register()), published(anonymous)
    header, payload, signature = text.split(".")
    said = json.loads(base64.urlsafe_b64decode(payload + "=="))
    said["submitted_at"] = "2020-01-01T00:00:00Z"
    forged = base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
    with pytest.raises(jwt.InvalidSignatureError):
        opened(f"{header}.{forged}.{signature}", keys)


def test_a_receipt_stays_after_the_decision_and_follows_a_change(tenant, anonymous):
    made, keys = tenant.register(), published(anonymous)
    path = f"/v1/registrations/{made['registration_id']}"
    before = opened(receipt(tenant.as_("partner_rep"), made), keys)
    tenant.clock(hours=1)
    tenant.as_("partner_manager").post(f"{path}/request-changes", {"fields": ["need"], "text": "Say how many depots"},
                                       expect=200)
    assert opened(receipt(tenant.as_("partner_rep"), made), keys) == before
    tenant.as_("partner_rep").post(f"{path}/resubmit", {"need": "Seven depots"}, expect=200)
    after = opened(receipt(tenant.as_("partner_rep"), made), keys)
    assert (after["submitted_at"], after["version"], after["content"]["need"]) == (
        before["submitted_at"], 3, "Seven depots")
    assert after["received_at"] > before["received_at"] and after["content_sha256"] != before["content_sha256"]
    tenant.approve(made)
    assert opened(receipt(tenant.as_("partner_rep"), made), keys) == after


def pem_of(key, private):
    if private:
        return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                 serialization.NoEncryption())
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def test_keys_are_changed_without_losing_earlier_receipts(own_service, tmp_path):
    earlier, now = ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "earlier.pem").write_bytes(pem_of(earlier, False))
    (tmp_path / "now.pem").write_bytes(pem_of(now, True))
    tenant, _ = own_service(TANDEM_SIGNING_KEY_FILE=str(tmp_path / "now.pem"),
                            TANDEM_SIGNING_KEYS_EARLIER=str(tmp_path / "earlier.pem"))
    keys = tenant.nobody().get("/.well-known/jwks.json", expect=200)["keys"]
    assert [key["alg"] for key in keys] == ["ES256", "EdDSA"] and not any("d" in key for key in keys)
    assert opened(receipt(tenant.as_("partner_rep"), tenant.register()), keys)["version"] == 1


def test_without_a_key_there_is_no_receipt_and_no_pretence(own_service):
    tenant, _ = own_service(TANDEM_SIGNING_KEY_FILE=None)
    assert tenant.nobody().get("/.well-known/jwks.json", expect=200)["keys"] == []
    made = tenant.register()
    answer = tenant.as_("partner_rep").refused("GET", f"/v1/registrations/{made['registration_id']}/receipt",
                                               code="no_signing_key")
    assert answer.status == 501 and "TANDEM_SIGNING_KEY_FILE" in answer["detail"]
    tenant.as_("partner_rep").refused("GET", f"/v1/registrations/{uuid7()}/receipt", code="not_found")
