/* The public face of the stored rows, by table. */
#include "history_fields.h"

#include <stddef.h>

#include "tandem/domain/attribution.h"
#include "tandem/domain/confirmation_link.h"
#include "tandem/domain/deal.h"
#include "tandem/domain/evidence.h"
#include "tandem/domain/registration.h"
#include "tandem/domain/role.h"
#include "tandem/domain/stage.h"

#define BOTH 0
#define VENDOR HISTORY_VENDOR_ONLY
#define EVENT HISTORY_EVENT

const struct history_field history_fields[] = {
    {"opportunity", "name", "name", HISTORY_PLAIN, BOTH},
    {"opportunity", "product_family", "product_family", HISTORY_PLAIN, BOTH | EVENT},
    {"opportunity", "amount_minor", "amount", HISTORY_MONEY, BOTH | EVENT},
    {"opportunity", "close_date", "close_date", HISTORY_PLAIN, BOTH | EVENT},
    {"opportunity", "owner_id", "owner", HISTORY_PERSON, BOTH},
    {"opportunity", "partner_manager_id", "partner_manager", HISTORY_PERSON, BOTH},
    {"opportunity", "partner_rep_id", "partner_rep", HISTORY_PERSON, BOTH},
    {"opportunity", "lead_partner_id", "lead_partner", HISTORY_PARTNER, BOTH | EVENT},
    {"opportunity", "model_version", "model_version", HISTORY_PLAIN, BOTH},
    {"opportunity", "vendor_stage", "vendor_stage", HISTORY_STAGE, BOTH | EVENT},
    {"opportunity", "partner_stage", "partner_stage", HISTORY_STAGE, BOTH | EVENT},
    {"opportunity", "stage_entered_at", "stage_entered_at", HISTORY_INSTANT, BOTH},
    {"opportunity", "proposed_by_side", "proposed_by", HISTORY_CHOICE, BOTH | EVENT, side_names},
    {"opportunity", "proposed_stage", "proposed_stage", HISTORY_STAGE, BOTH | EVENT},
    {"opportunity", "created_at", "created_at", HISTORY_INSTANT, BOTH},
    {"opportunity", "status", "status", HISTORY_CHOICE, BOTH | EVENT, deal_statuses},
    {"opportunity", "closed_on", "closed_on", HISTORY_PLAIN, BOTH | EVENT},
    {"opportunity", "merged_into", "merged_into", HISTORY_PLAIN, BOTH},
    {"opportunity", "merged_from", "merged_from", HISTORY_PLAIN, VENDOR},
    {"opportunity", "window_ends_at", "window_ends_at", HISTORY_INSTANT, VENDOR},
    {"opportunity", "attribution", "attribution", HISTORY_CHOICE, VENDOR | EVENT, attributions},
    {"opportunity", "counting_claim", "counting_claim", HISTORY_PLAIN, VENDOR},
    {"opportunity", "crm_source", "crm_source", HISTORY_PLAIN, VENDOR},
    {"opportunity", "external_id", "external_id", HISTORY_PLAIN, VENDOR},
    {"opportunity", "crm_stage", "crm_stage", HISTORY_CHOICE, VENDOR | EVENT, rollups},
    {"opportunity", "category_call", "category_call", HISTORY_CHOICE, VENDOR | EVENT, categories},
    {"opportunity", "next_step", "next_step", HISTORY_PLAIN, VENDOR},
    {"opportunity", "refreshed_at", "refreshed_at", HISTORY_INSTANT, VENDOR},
    {"opportunity", "pushes", "pushes", HISTORY_PLAIN, VENDOR},
    {"opportunity", "reason_code", "reason_code", HISTORY_CHOICE, VENDOR | EVENT, lost_reasons},
    {"opportunity", "resolved_at", "resolved_at", HISTORY_INSTANT, VENDOR | EVENT},
    {"opportunity", "outside_gates", "closed_outside_gates", HISTORY_PLAIN, VENDOR | EVENT},
    {"opportunity", "backdated", "backdated", HISTORY_PLAIN, VENDOR},
    {"opportunity", "grandfathered", "grandfathered", HISTORY_PLAIN, VENDOR},
    {"opportunity", "window_starts_at", "window_starts_at", HISTORY_INSTANT, VENDOR},

    {"claim", "partner_id", "partner", HISTORY_PARTNER, BOTH | EVENT},
    {"claim", "value", "value", HISTORY_CHOICE, BOTH | EVENT, attributions},
    {"claim", "kind", "kind", HISTORY_CHOICE, BOTH | EVENT, claim_kinds},
    {"claim", "claim_version", "claim_version", HISTORY_PLAIN, BOTH | EVENT},
    {"claim", "deadline_at", "deadline", HISTORY_INSTANT, BOTH | EVENT},
    {"claim", "signed_at", "signed_at", HISTORY_INSTANT, BOTH | EVENT},
    {"claim", "view_amount_minor", "partner_view_amount", HISTORY_MONEY, BOTH | EVENT},
    {"claim", "view_close_date", "partner_view_close_date", HISTORY_PLAIN, BOTH | EVENT},
    {"claim", "late", "late_influence", HISTORY_PLAIN, VENDOR | EVENT},
    {"claim", "disputed_at", "disputed_at", HISTORY_INSTANT, VENDOR | EVENT},
    {"claim", "dispute_reason", "dispute_reason", HISTORY_PLAIN, VENDOR},
    {"claim", "sourced_passed", "sourced_passed", HISTORY_PLAIN, VENDOR},
    {"claim", "sourced_reason", "sourced_reason", HISTORY_PLAIN, VENDOR},
    {"claim", "stated_value", "stated", HISTORY_CHOICE, VENDOR, attributions},
    {"claim", "share_basis_points", "basis_points", HISTORY_PLAIN, VENDOR | EVENT},

    {"signoff", "role", "role", HISTORY_CHOICE, BOTH | EVENT, signoff_roles},
    {"signoff", "decision", "decision", HISTORY_CHOICE, BOTH | EVENT, decisions},
    {"signoff", "claim_version", "claim_version", HISTORY_PLAIN, BOTH},
    {"signoff", "person_id", "person", HISTORY_PERSON, VENDOR},
    {"signoff", "for_person_id", "for", HISTORY_PERSON, VENDOR},
    {"signoff", "reason", "reason", HISTORY_PLAIN, VENDOR},

    {"evidence", "criterion", "criterion", HISTORY_PLAIN, BOTH | EVENT},
    {"evidence", "evidence_version", "evidence_version", HISTORY_PLAIN, BOTH | EVENT},
    {"evidence", "type", "type", HISTORY_CHOICE, BOTH | EVENT, evidence_types},
    {"evidence", "side", "side", HISTORY_CHOICE, BOTH | EVENT, side_names},

    {"confirmation", "criterion", "criterion", HISTORY_PLAIN, BOTH | EVENT},
    {"confirmation", "evidence_version", "evidence_version", HISTORY_PLAIN, BOTH | EVENT},
    {"confirmation", "side", "side", HISTORY_CHOICE, BOTH | EVENT, side_names},

    {"confirmation_link", "person_id", "person", HISTORY_PERSON, BOTH},
    {"confirmation_link", "proposed_stage", "to_stage", HISTORY_STAGE, BOTH},
    {"confirmation_link", "expires_at", "expires_at", HISTORY_INSTANT, BOTH},
    {"confirmation_link", "decision", "decision", HISTORY_CHOICE, BOTH, link_decisions},

    {"crm_link", "crm_source", "crm_source", HISTORY_PLAIN, VENDOR},
    {"crm_link", "external_id", "external_id", HISTORY_PLAIN, VENDOR},

    {"registration", "state", "state", HISTORY_CHOICE, BOTH | EVENT, registration_states},
    {"registration", "approved_at", "approved_at", HISTORY_INSTANT, BOTH | EVENT},
    {"registration", "protected_until", "protected_until", HISTORY_INSTANT, BOTH | EVENT},
    {"registration", "decided_by", "decided_by", HISTORY_PERSON, VENDOR},
    {"registration", "verdict", "verdict", HISTORY_CHOICE, VENDOR | EVENT, registration_verdicts},
    {"registration", "resolution", "resolution", HISTORY_CHOICE, VENDOR, resolution_kinds},
    {"registration", "resolution_reason", "resolution_reason", HISTORY_PLAIN, VENDOR},
    {NULL},
};
