/* One line of an import on its way into the database. */
#ifndef TANDEM_SERVICE_API_IMPORT_ITEM_H
#define TANDEM_SERVICE_API_IMPORT_ITEM_H

#include <stdbool.h>

#include "tandem/api/import.h"

/* A line with the keys of its account. */
struct import_item {
    size_t index;
    const struct fault *unreadable; /* the line did not decode, nothing else is there */
    struct import_row row;
    struct customer_keys keys;
    /* of the newest try */
    const struct fault *fault; /* the row contradicts the clock, or what is there */
    bool is_history;           /* states the attribution of its deal for the first time */
    bool differs, is_new;      /* from its deal; there was none */
    bool turned;               /* closes, reopens or turns a deal with a claim */
};

void import_item_decode(struct arena *arena, const struct import_line *line, struct import_item *item);

#endif
