/* What an event says to those outside: the same body in the feed, in the stream and in a delivery. Thin: what changed, and
 * where the deal stands after it. No person is named in it, and no free text stands in it. */
#ifndef TANDEM_API_EVENT_H
#define TANDEM_API_EVENT_H

#include <stddef.h>

#include "tandem/domain/role.h"

struct fault;
struct json_out;
struct rows;

/* Row `index` of feed_plain (service/store/feed.sql) as an object. SIDE_PARTNER gets the reduced one: nothing of the CRM, no
 * attribution but by its own claim, no numbers from which others' doings could be counted. */
struct fault *event_write(struct json_out *out, const struct rows *rows, size_t index, enum side side);

#endif
