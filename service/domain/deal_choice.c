/* The codes of a deal as words: one table for the API, SQL and the rules. */
#include "tandem/domain/deal.h"

#include <stddef.h>

const struct choice deal_statuses[] = {
    {"open", DEAL_OPEN}, {"won", DEAL_WON}, {"lost", DEAL_LOST}, {"removed", DEAL_REMOVED}, {NULL}};

const struct choice attributions[] = {{"none", ATTRIBUTION_NONE},
                                      {"sourced", ATTRIBUTION_SOURCED},
                                      {"influenced", ATTRIBUTION_INFLUENCED},
                                      {NULL}};

const struct choice report_classes[] = {{"sourced", CLASS_SOURCED},
                                        {"influenced", CLASS_INFLUENCED},
                                        {"direct", CLASS_DIRECT},
                                        {"unattributed", CLASS_UNATTRIBUTED},
                                        {NULL}};

const struct choice categories[] = {{"omitted", CATEGORY_OMITTED},     {"pipeline", CATEGORY_PIPELINE},
                                    {"best_case", CATEGORY_BEST_CASE}, {"commit", CATEGORY_COMMIT},
                                    {"closed", CATEGORY_CLOSED},       {NULL}};

const struct choice rollups[] = {{"discovery", ROLLUP_DISCOVERY}, {"validation", ROLLUP_VALIDATION},
                                 {"proposal", ROLLUP_PROPOSAL},   {"negotiation", ROLLUP_NEGOTIATION},
                                 {"closed", ROLLUP_CLOSED},       {NULL}};

const struct choice claim_states[] = {{"none", CLAIM_NONE},
                                      {"pending", CLAIM_PENDING},
                                      {"signed", CLAIM_SIGNED},
                                      {"disputed", CLAIM_DISPUTED},
                                      {"lapsed", CLAIM_LAPSED},
                                      {"stated", CLAIM_STATED},
                                      {NULL}};

const struct choice decisions[] = {{"sign", DECISION_SIGN}, {"decline", DECISION_DECLINE}, {NULL}};

const struct choice withheld_rules[] = {
    {"contested", WITHHELD_CONTESTED}, {"awaiting_signature", WITHHELD_AWAITING_SIGNATURE},
    {"disputed", WITHHELD_DISPUTED},   {"stage_one", WITHHELD_STAGE_ONE},
    {"omitted", WITHHELD_OMITTED},     {"stale", WITHHELD_STALE},
    {"overdue", WITHHELD_OVERDUE},     {"no_amount", WITHHELD_NO_AMOUNT},
    {"no_rate", WITHHELD_NO_RATE},     {NULL}};

const struct choice debtors[] = {{"ae", DEBTOR_AE},
                                 {"partner_manager", DEBTOR_PARTNER_MANAGER},
                                 {"ae_and_partner_manager", DEBTOR_AE_AND_PARTNER_MANAGER},
                                 {"vendor", DEBTOR_VENDOR},
                                 {"partner", DEBTOR_PARTNER},
                                 {"vendor_and_partner", DEBTOR_VENDOR_AND_PARTNER},
                                 {"admin", DEBTOR_ADMIN},
                                 {NULL}};
