/* The parts of a request target, decoded by ourselves: libmicrohttpd would turn %2F into a slash and end at %00. */
#ifndef TANDEM_SERVICE_HTTP_TARGET_H
#define TANDEM_SERVICE_HTTP_TARGET_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct query_pair;

enum { QUERY_PAIRS_MAX = 64 };

/* Percent-decodes `length` bytes into the arena. NULL when an escape is broken or the result is not UTF-8 without
 * control characters. In a query + is a space. */
const char *target_decode(struct arena *arena, const char *text, size_t length, bool query);

/* Splits `a=b&c=d`; NULL text gives none. false on a broken escape, an empty name, or too many pairs. */
bool query_split(struct arena *arena, const char *text, struct query_pair **pairs, size_t *count);

#endif
