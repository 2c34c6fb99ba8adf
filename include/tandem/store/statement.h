/* One named statement of service/store/<noun>.sql, as tools/statements.c writes it into a table at build
 * time. */
#ifndef TANDEM_STORE_STATEMENT_H
#define TANDEM_STORE_STATEMENT_H

#include <stdbool.h>

struct statement {
    const char *name;
    const char *text;   /* without the final semicolon */
    int parameters;     /* highest $n; every one below it is used */
    const char *source; /* file:line, for messages */
    bool late;          /* prepared by its first use: what it reads is not there before */
};

#endif
