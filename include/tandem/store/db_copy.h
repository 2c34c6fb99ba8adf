/* COPY: many rows into one table, without a statement for each. */
#ifndef TANDEM_STORE_DB_COPY_H
#define TANDEM_STORE_DB_COPY_H

#include "tandem/store/db.h"

/* Rows on their way, kept in the arena until they are sent: as large as their text. */
struct db_copy;

struct db_copy *db_copy_create(struct arena *arena);
/* The next value of the row that is being written, in the order of the statement's columns. */
void db_copy_add(struct db_copy *copy, struct param value);
void db_copy_end_row(struct db_copy *copy);

/* Sends all rows; `statement` is a `copy ... from stdin` without parameters, inside a transaction. Violated constraints as
 * of db_query. */
struct fault *db_copy_send(struct db *db, struct arena *arena, enum sql statement,
                           const struct db_copy *copy);

#endif
