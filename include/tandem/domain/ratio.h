/* Ratios as they are printed: exact, cut to two places. */
#ifndef TANDEM_DOMAIN_RATIO_H
#define TANDEM_DOMAIN_RATIO_H

#include <stdint.h>

enum { RATIO_TEXT_SIZE = 24 };

/* above / below as "3.20"; below > 0. Cut, not rounded, so that 2.999 can never read as the 3.00 that it is not. */
void ratio_format(int64_t above, int64_t below, char out[RATIO_TEXT_SIZE]);

#endif
