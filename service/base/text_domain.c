/* Domains: what a person typed becomes ASCII labels (libidn2), and the public suffix list (libpsl) says which
 * of them somebody can own. */
#include "tandem/base/text.h"

#include "tandem/base/arena.h"
#include "text_tables.h"

#include <idn2.h>
#include <libpsl.h>
#include <pthread.h>
#include <string.h>

enum { DOMAIN_MAX = 253, LABEL_MAX = 63, LOCAL_PART_MAX = 64 };

static const psl_ctx_t *suffixes;

/* The distribution's list when it is newer than the one in libpsl. */
static void load_suffixes(void) {
    suffixes = psl_latest(NULL);
    if (!suffixes)
        suffixes = psl_builtin();
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Two labels or more of letters, digits and inner hyphens, the last one not a number. With `wide`, characters
 * beyond ASCII pass as letters. */
static bool is_domain(const char *domain, bool wide) {
    const char *label = domain;
    bool dots = false, letters = false;
    if (strlen(domain) > DOMAIN_MAX)
        return false;
    for (const char *c = domain;; c++) {
        if (*c && *c != '.') {
            bool letter = is_letter(*c) || (wide && (*c & 0x80));
            if (!letter && !is_digit(*c) && *c != '-')
                return false;
            letters |= !is_digit(*c);
            continue;
        }
        if (c == label || c - label > LABEL_MAX || *label == '-' || c[-1] == '-')
            return false;
        if (!*c)
            return dots && letters;
        dots = true;
        letters = false;
        label = c + 1;
    }
}

/* The host part of an address as typed, without white space around it; NULL when it is none. */
static char *cut_host(struct arena *arena, const char *typed) {
    static const char space[] = " \t\r\n\f\v";
    const char *start = typed + strspn(typed, space), *scheme = strstr(start, "://");
    if (scheme && scheme - start == (ptrdiff_t)strcspn(start, ":/?#"))
        start = scheme + 3;
    size_t length = strcspn(start, "/?#");
    while (length && strchr(space, start[length - 1]))
        length--;
    char *host = arena_copy(arena, start, length), *port = strchr(host, ':');
    if (port) {
        if (port[1 + strspn(port + 1, "0123456789")])
            return NULL;
        *port = 0;
    }
    length = strlen(host);
    if (length && host[length - 1] == '.')
        host[length - 1] = 0;
    return host;
}

/* A-labels in lower case, or NULL. */
static char *to_ascii(struct arena *arena, const char *host) {
    char *converted = NULL, *ascii = NULL;
    if (idn2_to_ascii_8z(host, &converted, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT) == IDN2_OK)
        ascii = arena_text(arena, converted);
    idn2_free(converted);
    if (!ascii || !is_domain(ascii, false))
        return NULL;
    for (char *c = ascii; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    return ascii;
}

const char *text_registrable_domain(struct arena *arena, const char *domain) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    char *host = cut_host(arena, domain);
    if (!host || !text_is_utf8(host, strlen(host)))
        return NULL;
    char *ascii = to_ascii(arena, host);
    if (!ascii)
        return NULL;
    pthread_once(&once, load_suffixes);
    return psl_registrable_domain(suffixes, ascii);
}

bool text_is_free_mail(const char *registrable_domain) {
    return word_table_has(&free_mail_domains, registrable_domain);
}

/* RFC 5322's dot-atom, and any character beyond ASCII (RFC 6532). */
static bool is_local_part(const char *text, size_t length) {
    if (!length || length > LOCAL_PART_MAX || text[0] == '.' || text[length - 1] == '.')
        return false;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c == '.' ? text[i + 1] == '.'
                     : !(is_letter(c) || is_digit(c) || (c & 0x80) || strchr("!#$%&'*+-/=?^_`{|}~", c)))
            return false;
    }
    return true;
}

bool text_is_email(const char *text) {
    const char *at = strrchr(text, '@');
    return at && is_local_part(text, (size_t)(at - text)) && is_domain(at + 1, true) &&
           text_is_utf8(text, strlen(text));
}
