/* How a partner earns the credit for a deal, in plain words with the policy's figures. docs/rules.md, Registration. */
#ifndef TANDEM_DOMAIN_CREDIT_RULE_H
#define TANDEM_DOMAIN_CREDIT_RULE_H

#include <stddef.h>

struct arena;
struct policy;

struct credit_sentence {
    const char *rule; /* stable, snake_case */
    const char *text;
};

enum { CREDIT_SENTENCES = 9 };

/* In the order of a registration's life. */
void credit_rule(struct arena *arena, const struct policy *policy,
                 struct credit_sentence sentences[CREDIT_SENTENCES]);

#endif
