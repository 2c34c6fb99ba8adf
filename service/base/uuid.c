/* RFC 9562: 48 bits of milliseconds, then random bits, so that new ids sort behind old ones in an index. */
#include "tandem/base/uuid.h"

#include "tandem/base/bytes.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

static bool is_dash_place(size_t place) {
    return place == 8 || place == 13 || place == 18 || place == 23;
}

void uuid_make(char out[UUID_TEXT_SIZE]) {
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now))
        abort();
    uint64_t ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    uint8_t bytes[16];
    for (int i = 0; i < 6; i++)
        bytes[i] = (uint8_t)(ms >> (40 - 8 * i));
    random_bytes(bytes + 6, 10);
    bytes[6] = (uint8_t)(0x70 | (bytes[6] & 0x0f)); /* version 7 */
    bytes[8] = (uint8_t)(0x80 | (bytes[8] & 0x3f)); /* the RFC's variant */
    for (size_t place = 0, digit = 0; place < UUID_TEXT_SIZE - 1; place++) {
        if (is_dash_place(place)) {
            out[place] = '-';
            continue;
        }
        out[place] = "0123456789abcdef"[digit % 2 ? bytes[digit / 2] & 15 : bytes[digit / 2] >> 4];
        digit++;
    }
    out[UUID_TEXT_SIZE - 1] = 0;
}

bool uuid_parse(const char *text, char out[UUID_TEXT_SIZE]) {
    char lower[UUID_TEXT_SIZE] = "";
    for (size_t place = 0; place < UUID_TEXT_SIZE - 1; place++) {
        char c = text[place];
        if (c >= 'A' && c <= 'F')
            c = (char)(c - 'A' + 'a');
        bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        if (is_dash_place(place) ? c != '-' : !hex)
            return false;
        lower[place] = c;
    }
    if (text[UUID_TEXT_SIZE - 1])
        return false;
    for (size_t place = 0; place < UUID_TEXT_SIZE; place++)
        out[place] = lower[place];
    return true;
}
