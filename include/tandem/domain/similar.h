/* What makes two names similar: this place alone says it. docs/rules.md, Registration. */
#ifndef TANDEM_DOMAIN_SIMILAR_H
#define TANDEM_DOMAIN_SIMILAR_H

/* How sure it is that one of the two names, as keys (text_name_key), is the other one mistyped: in hundredths, from 75
 * to 99; 0 = not similar. They are similar when one slip makes one the other: a letter (or the space) changed, left out
 * or added, or two neighbours swapped. A difference in a digit is none, digits tell companies apart; nor is any
 * difference of names under four characters, where every other name is one slip away. Equal keys are the same name: 0. */
int name_similarity(const char *key, const char *other);

#endif
