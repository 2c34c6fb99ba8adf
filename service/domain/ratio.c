/* The quotient of two whole numbers, digit by digit: no double comes near it. */
#include "tandem/domain/ratio.h"

#include <stdbool.h>

/* GCC's extension; -Wpedantic knows it by this spelling. */
__extension__ typedef __int128 wide;

void ratio_format(int64_t above, int64_t below, char out[RATIO_TEXT_SIZE]) {
    wide hundredths = (wide)above * 100 / below;
    bool negative = hundredths < 0;
    if (negative)
        hundredths = -hundredths;
    char reversed[RATIO_TEXT_SIZE];
    int length = 0;
    for (; length < 3 || hundredths; hundredths /= 10) {
        if (length == 2)
            reversed[length++] = '.';
        reversed[length++] = (char)('0' + (int)(hundredths % 10));
    }
    char *at = out;
    if (negative)
        *at++ = '-';
    while (length)
        *at++ = reversed[--length];
    *at = 0;
}
