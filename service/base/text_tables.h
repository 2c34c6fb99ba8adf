/* The word lists behind the text checks, each sorted by strcmp. */
#ifndef TANDEM_SERVICE_BASE_TEXT_TABLES_H
#define TANDEM_SERVICE_BASE_TEXT_TABLES_H

#include <stdbool.h>
#include <stddef.h>

struct word_table {
    const char *const *words;
    size_t count;
};

extern const struct word_table legal_forms;       /* as words of a name key; "s p a" is looked up as "spa" */
extern const struct word_table free_mail_domains; /* registrable domains */
extern const struct word_table placeholders;      /* case folded, letters and digits only */

bool word_table_has(const struct word_table *table, const char *word);

#endif
