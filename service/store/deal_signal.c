/* One column of the view deal_signal for each member of struct deal_signals: whatever statement selects them, for one
 * deal or for a group of equal ones, is read here. */
#include "tandem/store/deal_signal.h"

#define SIGNAL(member, kind)                                                                                 \
    { #member, kind, offsetof(struct deal_signals, member) }

const struct column deal_signal_columns[DEAL_SIGNAL_COLUMN_COUNT] = {
    SIGNAL(status, COLUMN_CHOICE),           SIGNAL(claim_value, COLUMN_CHOICE),
    SIGNAL(claim_late, COLUMN_BOOLEAN),      SIGNAL(claim_stated, COLUMN_BOOLEAN),
    SIGNAL(claim_disputed, COLUMN_BOOLEAN),  SIGNAL(ae_decision, COLUMN_CHOICE),
    SIGNAL(manager_decision, COLUMN_CHOICE), SIGNAL(window_open, COLUMN_BOOLEAN),
    SIGNAL(contested, COLUMN_BOOLEAN),       SIGNAL(vendor_stage, COLUMN_CHOICE),
    SIGNAL(partner_stage, COLUMN_CHOICE),    SIGNAL(vendor_ceiling, COLUMN_CHOICE),
    SIGNAL(partner_ceiling, COLUMN_CHOICE),  SIGNAL(category_call, COLUMN_CHOICE),
    SIGNAL(stale, COLUMN_BOOLEAN),           SIGNAL(overdue, COLUMN_BOOLEAN),
    SIGNAL(stalled, COLUMN_BOOLEAN),         SIGNAL(undated, COLUMN_BOOLEAN),
    SIGNAL(has_amount, COLUMN_BOOLEAN),      SIGNAL(has_rate, COLUMN_BOOLEAN),
    SIGNAL(resolved, COLUMN_BOOLEAN),
};

void deal_signals_read(const struct rows *rows, size_t row, struct deal_signals *signals) {
    rows_read(rows, row, deal_signal_columns, DEAL_SIGNAL_COLUMN_COUNT, signals);
}
