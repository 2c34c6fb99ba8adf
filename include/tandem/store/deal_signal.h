/* The signals of deal_assess out of any row that carries the columns of the view deal_signal by their names. */
#ifndef TANDEM_STORE_DEAL_SIGNAL_H
#define TANDEM_STORE_DEAL_SIGNAL_H

#include "tandem/domain/deal.h"
#include "tandem/store/db.h"

enum { DEAL_SIGNAL_COLUMN_COUNT = 21 };

/* Offsets are those of struct deal_signals. */
extern const struct column deal_signal_columns[DEAL_SIGNAL_COLUMN_COUNT];

void deal_signals_read(const struct rows *rows, size_t row, struct deal_signals *signals);

#endif
