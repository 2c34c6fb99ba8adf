/* The sentence a forecast opens with. A part that is not known is said to be so; nothing is left out
 * silently. */
#include "tandem/domain/forecast.h"

#include "tandem/base/arena.h"
#include "tandem/base/money.h"

#include <stdlib.h>
#include <string.h>

enum { GROUP = 3, MONEY_TEXT_SIZE = 48 };

/* "1,234.50" with the places of the currency. */
static const char *money_text(struct arena *arena, int64_t amount_minor, const char *currency) {
    char reversed[MONEY_TEXT_SIZE];
    int places = currency_exponent(currency) > 0 ? currency_exponent(currency) : 0, digits = 0, length = 0;
    int64_t left = amount_minor < 0 ? -amount_minor : amount_minor;
    for (; left || digits <= places; left /= 10, digits++) {
        if (digits && digits == places)
            reversed[length++] = '.';
        else if (digits > places && (digits - places) % GROUP == 0)
            reversed[length++] = ',';
        reversed[length++] = (char)('0' + left % 10);
    }
    char text[MONEY_TEXT_SIZE];
    char *at = text;
    if (amount_minor < 0)
        *at++ = '-';
    while (length)
        *at++ = reversed[--length];
    return arena_copy(arena, text, (size_t)(at - text));
}

static const char *coverage_text(struct arena *arena, const struct headline *headline) {
    if (!strcmp(headline->coverage_state, "no_target"))
        return "no target is set";
    if (!headline->remaining_ratio[0])
        return "the target is met";
    return arena_format(arena, "coverage %s of what is left of the target (%s)", headline->remaining_ratio,
                        headline->coverage_state);
}

/* History has its label wherever it is in a figure. */
static const char *of_history(struct arena *arena, int64_t count) {
    return count ? arena_format(arena, ", %lld of them grandfathered", (long long)count) : "";
}

/* Whole percent, cut: the counts stand beside it. */
static const char *close_rate_text(struct arena *arena, const struct headline *headline) {
    int64_t closed = headline->won + headline->lost;
    if (!closed)
        return "no sourced deal closed in the last four quarters";
    return arena_format(arena, "close rate %d %% over the last four quarters (n = %lld%s)",
                        (int)(headline->won * 100 / closed), (long long)closed,
                        of_history(arena, headline->closed_grandfathered));
}

static const char *deals_text(struct arena *arena, const struct headline *headline) {
    if (!headline->deals[0])
        return "no eligible sourced deal";
    const char *text = headline->deals[0];
    for (int i = 1; i < HEADLINE_DEALS && headline->deals[i]; i++)
        text = arena_format(arena, "%s, %s", text, headline->deals[i]);
    return arena_format(arena, "largest by weighted amount: %s", text);
}

static const char *history_text(struct arena *arena, int64_t count) {
    return count ? arena_format(arena, " (grandfathered deals in the period: %lld)", (long long)count) : "";
}

const char *forecast_headline(struct arena *arena, const struct headline *headline) {
    return arena_format(arena, "%s sourced pipeline %s %s %s%s; %s; %s; %s.", headline->period,
                        money_text(arena, headline->open_minor, headline->currency), headline->currency,
                        headline->amount_basis, history_text(arena, headline->grandfathered),
                        coverage_text(arena, headline), close_rate_text(arena, headline),
                        deals_text(arena, headline));
}
