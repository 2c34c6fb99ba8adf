/* Names as keys and texts that say nothing: both look at a text as words, folded to one spelling (NFKC, then
 * case, so that "ＡＣＭＥ" and "Acme" meet). */
#include "tandem/base/text.h"

#include "tandem/base/arena.h"
#include "text_tables.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

enum { LEGAL_FORM_PARTS = 5, LEGAL_FORM_LENGTH = 32 };

/* Folded words with one space between them; "" when there is no letter or digit. */
static char *fold_words(struct arena *arena, const char *text) {
    size_t normal_length, length;
    uint8_t *normal = u8_normalize(UNINORM_NFKC, (const uint8_t *)text, strlen(text), NULL, &normal_length);
    uint8_t *folded = normal ? u8_casefold(normal, normal_length, NULL, UNINORM_NFKC, NULL, &length) : NULL;
    char *words = arena_alloc(arena, folded ? length + 1 : 1), *end = words;
    ucs4_t character;
    int size;
    for (size_t at = 0; folded && at < length; at += (size_t)size) {
        size = u8_mbtouc(&character, folded + at, length - at);
        if (uc_is_property_default_ignorable_code_point(character))
            continue; /* soft hyphens, joiners and the like are not seen by people */
        if (uc_is_general_category_withtable(character,
                                             UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_M | UC_CATEGORY_MASK_N)) {
            memcpy(end, folded + at, (size_t)size);
            end += size;
        } else if (end > words && end[-1] != ' ') {
            *end++ = ' ';
        }
    }
    if (end > words && end[-1] == ' ')
        end--;
    *end = 0;
    free(folded);
    free(normal);
    return words;
}

/* Where the legal form at the end of the words begins, or NULL. "s p a" and "sp z o o" count as "spa" and
 * "spzoo": up to five parts, short ones only, are read as one. */
static char *find_legal_form(char *words) {
    char joined[LEGAL_FORM_LENGTH + 1] = "", *found = NULL;
    size_t joined_length = 0;
    char *end = words + strlen(words);
    for (int part = 0; part < LEGAL_FORM_PARTS && end > words; part++) {
        char *start = end;
        while (start > words && start[-1] != ' ')
            start--;
        size_t length = (size_t)(end - start);
        if (joined_length + length > LEGAL_FORM_LENGTH || (part && length > 3))
            break;
        memmove(joined + length, joined, joined_length + 1);
        memcpy(joined, start, length);
        joined_length += length;
        if (word_table_has(&legal_forms, joined))
            found = start;
        if (length > 3 || start == words)
            break;
        end = start - 1;
    }
    return found;
}

const char *text_name_key(struct arena *arena, const char *name) {
    char *words = fold_words(arena, name), *form;
    while ((form = find_legal_form(words)) && form > words)
        form[-1] = 0;
    return words;
}

/* "xx", "aaaa": one character, again and again. */
static bool is_one_character(const char *word) {
    ucs4_t first, other;
    const uint8_t *at = u8_next(&first, (const uint8_t *)word);
    while (at && (at = u8_next(&other, at)))
        if (other != first)
            return false;
    return true;
}

static bool is_empty_word(const char *word) {
    return word_table_has(&placeholders, word) || (text_characters(word) > 1 && is_one_character(word));
}

bool text_is_placeholder(const char *text) {
    struct arena *arena = arena_create();
    char *words = fold_words(arena, text), *joined = arena_text(arena, words), *to = joined;
    for (const char *from = words; *from; from++)
        if (*from != ' ')
            *to++ = *from;
    *to = 0;
    bool empty = !*joined || is_one_character(joined) || word_table_has(&placeholders, joined);
    if (!empty) {
        empty = true;
        char *rest;
        for (char *word = strtok_r(words, " ", &rest); word && empty; word = strtok_r(NULL, " ", &rest))
            empty = is_empty_word(word);
    }
    arena_destroy(arena);
    return empty;
}
