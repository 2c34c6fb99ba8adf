/* What a rate may be. docs/rules.md, Rates. */
#ifndef TANDEM_DOMAIN_RATE_H
#define TANDEM_DOMAIN_RATE_H

struct field_faults;

/* /rate: a decimal string over 0, of at most 18 digits, 12 of them after the point. NULL was refused already. */
void rate_check(const char *text, struct field_faults *faults);

/* The reporting currency has no rate: what is stated in it is stated already. */
void rate_currency_check(const char *currency, const char *reporting_currency, struct field_faults *faults);

#endif
