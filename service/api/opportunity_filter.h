/* Which deals a list or an export is of. */
#ifndef TANDEM_SERVICE_API_OPPORTUNITY_FILTER_H
#define TANDEM_SERVICE_API_OPPORTUNITY_FILTER_H

#include <stddef.h>
#include <stdint.h>

#include "tandem/base/json.h"
#include "tandem/domain/attribution.h"
#include "tandem/domain/opportunity.h"
#include "tandem/store/db.h"

/* Flags that stand in a deal's row, by the codes of opportunity_page; the clock decides the others as of the read. */
extern const struct choice listed_flags[];

struct opportunity_filter {
    int status, attribution, flag;
    const char *owner, *partner; /* public ids */
    int64_t updated_since;
};

/* Its rows in the field table of a query. */
#define OPPORTUNITY_FILTER_FIELDS(type, member)                                                              \
    {"status", FIELD_CHOICE, offsetof(type, member.status), .choices = deal_statuses},                       \
        {"attribution", FIELD_CHOICE, offsetof(type, member.attribution), .choices = attributions},          \
        {"flag", FIELD_CHOICE, offsetof(type, member.flag), .choices = listed_flags},                        \
        {"owner", FIELD_UUID, offsetof(type, member.owner)},                                                 \
        {"partner", FIELD_UUID, offsetof(type, member.partner)}, {                                           \
        "updated_since", FIELD_INSTANT, offsetof(type, member.updated_since)                                 \
    }

enum { OPPORTUNITY_PAGE_PARAMS = 8 };

/* What SQL_opportunity_page takes behind the tenant. `after`: the id of the last deal of the page before; NULL: the first
 * page. */
void opportunity_page_bind(const struct opportunity_filter *filter, const char *after, int64_t rows,
                           struct param params[OPPORTUNITY_PAGE_PARAMS]);

#endif
