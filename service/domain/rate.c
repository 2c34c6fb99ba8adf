/* A rate is read digit by digit; what it may be is base/money.h's word. */
#include "tandem/domain/rate.h"

#include <string.h>

#include "tandem/base/fault.h"
#include "tandem/base/money.h"

void rate_check(const char *text, struct field_faults *faults) {
    struct rate rate;
    if (text && !rate_from_decimal(text, &rate))
        field_fault(
            faults, "/rate", "invalid_rate",
            "must be a decimal string over 0 such as 1.0925, of at most %d digits, %d of them after the "
            "point",
            RATE_DIGITS_MAX, RATE_PLACES_MAX);
}

void rate_currency_check(const char *currency, const char *reporting_currency, struct field_faults *faults) {
    if (strcmp(currency, reporting_currency) == 0)
        field_fault(faults, "/rate", "reporting_currency",
                    "amounts in %s are stated as they are; a rate is for another currency", currency);
}
