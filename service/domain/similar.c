/* One slip apart: what two names have in common at both ends is set aside, and what is left must be one character against
 * none or another one, or two in the other order. */
#include "tandem/domain/similar.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "tandem/base/text.h"

enum { SIMILAR_CHARACTERS_MIN = 4 };

struct rest {
    const char *text;
    size_t length; /* bytes */
};

static bool inside_character(char byte) {
    return ((unsigned char)byte & 0xc0) == 0x80;
}

static size_t common_start(const char *a, const char *b) {
    size_t length = 0;
    while (a[length] && a[length] == b[length])
        length++;
    while (length && inside_character(a[length]))
        length--;
    return length;
}

static size_t common_end(const struct rest *a, const struct rest *b) {
    size_t length = 0;
    while (length < a->length && length < b->length &&
           a->text[a->length - length - 1] == b->text[b->length - length - 1])
        length++;
    while (length && inside_character(a->text[a->length - length]))
        length--;
    return length;
}

/* Characters, or 3 for more than two. */
static size_t characters(const struct rest *rest) {
    size_t count = 0;
    for (size_t i = 0; i < rest->length && count < 3; i++)
        count += !inside_character(rest->text[i]);
    return count;
}

static bool holds_digit(const struct rest *rest) {
    for (size_t i = 0; i < rest->length; i++)
        if (rest->text[i] >= '0' && rest->text[i] <= '9')
            return true;
    return false;
}

/* Both of two characters. */
static bool swapped(const struct rest *a, const struct rest *b) {
    size_t first = 1;
    while (inside_character(a->text[first]))
        first++;
    size_t second = a->length - first;
    return a->length == b->length && memcmp(a->text, b->text + second, first) == 0 &&
           memcmp(a->text + first, b->text, second) == 0;
}

static bool one_slip(const struct rest *a, const struct rest *b) {
    size_t left = characters(a), right = characters(b);
    if (holds_digit(a) || holds_digit(b))
        return false;
    return left + right == 1 || (left == 1 && right == 1) || (left == 2 && right == 2 && swapped(a, b));
}

int name_similarity(const char *key, const char *other) {
    size_t length = text_characters(key), other_length = text_characters(other);
    size_t longer = length > other_length ? length : other_length;
    size_t shorter = length > other_length ? other_length : length;
    if (shorter < SIMILAR_CHARACTERS_MIN)
        return 0;
    size_t start = common_start(key, other);
    struct rest a = {key + start, strlen(key) - start}, b = {other + start, strlen(other) - start};
    size_t end = common_end(&a, &b);
    a.length -= end, b.length -= end;
    return one_slip(&a, &b) ? (int)((longer - 1) * 100 / longer) : 0;
}
