/* Text as bytes and characters. The keys are in text_key.c, the domains in text_domain.c. */
#include "tandem/base/text.h"

#include <stdint.h>
#include <unistr.h>

bool text_is_utf8(const char *bytes, size_t length) {
    return u8_check((const uint8_t *)bytes, length) == NULL;
}

size_t text_characters(const char *text) {
    size_t count = 0;
    for (; *text; text++)
        count += (*text & 0xc0) != 0x80;
    return count;
}
