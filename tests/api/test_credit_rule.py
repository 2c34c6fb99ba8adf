"""What every caller may read before it acts: the credit rule in words, and the codes that requests and answers name."""
from support.contract import Contract

ROLES = ("partner_rep", "prm_portal", "ae", "partner_manager", "partnerships_leader", "cro", "cfo", "admin", "reader",
         "crm_sync")


def test_every_role_reads_one_credit_rule(tenant):
    answers = [tenant.as_(role).get("/v1/credit-rule", expect=200).json for role in ROLES]
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["figures"] == {"submissions_per_day": 50, "respond_business_days": 2, "changes_business_days": 10, "protection_days": 90,
                                     "protection_extension_days": 30, "window_hours": 336}
    text = {sentence["rule"]: sentence["text"] for sentence in answers[0]["sentences"]}
    assert "within 2 business days" in text["response"]
    assert "within 10 business days" in text["changes"]
    assert "90 days" in text["protection"] and "30 more" in text["protection"]
    assert "within 14 days" in text["signatures"]


def test_the_words_follow_the_policy_in_force(tenant):
    tenant.policy(protection_days=77, window_hours=100)
    answer = tenant.as_("partner_rep").get("/v1/credit-rule", expect=200)
    text = {sentence["rule"]: sentence["text"] for sentence in answer["sentences"]}
    assert "77 days" in text["protection"] and "within 100 hours" in text["signatures"]
    assert (answer["figures"]["protection_days"], answer["figures"]["window_hours"]) == (77, 100)


def test_the_codes_are_those_of_the_contract(tenant):
    schemas = Contract().document["components"]["schemas"]
    answers = [tenant.as_(role).get("/v1/reason-codes", expect=200).json for role in ROLES]
    assert all(answer == answers[0] for answer in answers)
    for name, schema in {"registration_states": "RegistrationState", "registration_fields": "RegistrationField",
                         "rejection_reasons": "RejectionReason", "claim_kinds": "ClaimKind",
                         "lost_reasons": "LostReason", "deal_statuses": "DealStatus",
                         "attributions": "Attribution"}.items():
        assert sorted(answers[0][name]) == sorted(schemas[schema]["enum"]), name
    assert all(answers[0].values())


def test_a_code_of_the_list_is_taken(tenant):
    codes = tenant.as_("partner_manager").get("/v1/reason-codes", expect=200)["rejection_reasons"]
    for code in codes:
        made = tenant.register()
        read = tenant.as_("partner_manager").post(f"/v1/registrations/{made['registration_id']}/reject",
                                                  {"reason_code": code, "reason": "As agreed on the phone"}, expect=200)
        assert read["rejection"]["reason_code"] == code
