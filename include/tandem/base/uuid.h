/* Public ids: UUIDv7 as 36 lower-case characters. */
#ifndef TANDEM_BASE_UUID_H
#define TANDEM_BASE_UUID_H

#include <stdbool.h>

enum { UUID_TEXT_SIZE = 37 };

/* A new id; the time part is the system clock. */
void uuid_make(char out[UUID_TEXT_SIZE]);
/* true for the 8-4-4-4-12 form, either case; `out` is the lower-case text. */
bool uuid_parse(const char *text, char out[UUID_TEXT_SIZE]);

#endif
