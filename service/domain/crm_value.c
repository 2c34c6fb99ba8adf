/* Values of CRMs, each as one text whoever says it. */
#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/money.h"
#include "tandem/base/text.h"
#include "tandem/base/time.h"
#include "tandem/domain/crm_event.h"

enum { VALUE_LENGTH_MAX = 200, STEP_LENGTH_MAX = 1000 };

static const char *trimmed(struct arena *arena, const char *text) {
    static const char blank[] = " \t\r\n";
    text += strspn(text, blank);
    size_t length = strlen(text);
    while (length > 0 && strchr(blank, text[length - 1]))
        length--;
    return arena_copy(arena, text, length);
}

/* "+0000" of Salesforce as "+00:00". */
static const char *offset_with_colon(struct arena *arena, const char *text) {
    size_t length = strlen(text);
    bool bare = length > 5 && (text[length - 5] == '+' || text[length - 5] == '-') && strchr(text, 'T') &&
                strspn(text + length - 4, "0123456789") == 4;
    return bare ? arena_format(arena, "%.*s:%s", (int)(length - 2), text, text + length - 2) : text;
}

/* RFC 3339, or milliseconds since 1970. */
static bool instant_of(struct arena *arena, const char *text, int64_t *at) {
    size_t digits = strspn(text + (*text == '-'), "0123456789") + (*text == '-');
    if (digits > 8 && digits <= 15 && text[digits] == '\0') {
        int64_t ms = 0;
        for (const char *digit = text + (*text == '-'); *digit; digit++)
            ms = ms * 10 + (*digit - '0');
        *at = (*text == '-' ? -ms : ms) * 1000;
        return true;
    }
    return instant_parse(offset_with_colon(arena, text), at);
}

static bool instant_value(struct arena *arena, const char *text, const char **value) {
    char out[INSTANT_TEXT_SIZE];
    int64_t at;
    if (!instant_of(arena, text, &at))
        return false;
    instant_format(at, out);
    *value = arena_text(arena, out);
    return true;
}

static bool day_value(struct arena *arena, const char *text, const char **value) {
    int32_t date;
    if (date_parse(text, &date)) {
        *value = text;
        return true;
    }
    return instant_value(arena, text, value);
}

/* A date is the start of its day in UTC: of a creation the CRMs tell the instant. */
static bool created_value(struct arena *arena, const char *text, const char **value) {
    int32_t date;
    return date_parse(text, &date) ? instant_value(arena, arena_format(arena, "%sT00:00:00Z", text), value)
                                   : instant_value(arena, text, value);
}

static bool decimal_value(struct arena *arena, const char *text, const char **value) {
    const char *whole = text + (*text == '-');
    size_t digits = strspn(whole, "0123456789"), places = 0;
    if (whole[digits] == '.')
        places = strspn(whole + digits + 1, "0123456789");
    if (digits == 0 || whole[digits + (whole[digits] == '.') + places] != '\0')
        return false;
    char *out = arena_text(arena, text);
    size_t length = strlen(out);
    if (strchr(out, '.')) {
        while (out[length - 1] == '0')
            length--;
        length -= out[length - 1] == '.';
    }
    out[length] = '\0';
    *value = out;
    return true;
}

/* ISO 3166-1 alpha-2; a country's name is not guessed at. */
static bool country_value(const char *text, const char **value) {
    *value = text;
    return strlen(text) == 2 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 2;
}

bool crm_value_read(struct arena *arena, int field, const char *text, const char **value) {
    size_t most = field == CRM_FIELD_NEXT_STEP ? STEP_LENGTH_MAX : VALUE_LENGTH_MAX;
    *value = NULL;
    text = text ? trimmed(arena, text) : "";
    if (*text == '\0')
        return true;
    if (text_characters(text) > most)
        return false;
    switch (field) {
    case CRM_FIELD_AMOUNT: return decimal_value(arena, text, value);
    case CRM_FIELD_CLOSE_DATE:
    case CRM_FIELD_ENGAGED_AT: return day_value(arena, text, value);
    case CRM_FIELD_CREATED_AT: return created_value(arena, text, value);
    case CRM_FIELD_ACCOUNT_COUNTRY: return country_value(text, value);
    case CRM_FIELD_CURRENCY: *value = text; return currency_exponent(text) >= 0;
    default: *value = text; return true;
    }
}
