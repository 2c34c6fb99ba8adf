/* Text that people typed: checks and the keys under which names and domains are compared.
 * A stored key carries TEXT_NORMALISER_VERSION, so that a later normaliser can renew it. */
#ifndef TANDEM_BASE_TEXT_H
#define TANDEM_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

enum { TEXT_NORMALISER_VERSION = 1 };

bool text_is_utf8(const char *bytes, size_t length);
/* Characters (code points) of valid UTF-8. */
size_t text_characters(const char *text);

/* A company name as a key: NFKC, case folded, punctuation to spaces, legal forms (inc, ltd, gmbh, ...)
 * dropped from the end, spaces folded. Never empty for a name with a letter or digit; "" otherwise. */
const char *text_name_key(struct arena *arena, const char *name);

/* The registrable domain (public suffix + 1, IDN to A-labels, lower case) of a host or domain as typed;
 * scheme, "www." path, port and a trailing dot are tolerated. NULL when there is none. */
const char *text_registrable_domain(struct arena *arena, const char *domain);

/* True for domains of free-mail providers: never a customer's own domain. */
bool text_is_free_mail(const char *registrable_domain);

/* local@domain with a plausible domain; not a full RFC 5321 parser, and no look-up. */
bool text_is_email(const char *text);

/* True for text that says nothing: "TBD", "n/a", "-", "test", "xxx", punctuation only ... (docs/rules.md,
 * Evidence) */
bool text_is_placeholder(const char *text);

#endif
