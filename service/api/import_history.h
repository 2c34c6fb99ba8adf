/* Lines of an import that state the attribution of a deal from before the go-live. */
#ifndef TANDEM_SERVICE_API_IMPORT_HISTORY_H
#define TANDEM_SERVICE_API_IMPORT_HISTORY_H

#include <stdbool.h>

#include "tandem/store/import.h"
#include "tandem/store/scope.h"

/* The row states an attribution. */
bool import_states(const struct import_row *row);

/* Of each row that states one: its bad fields (`faults`, by row; NULL when there are none), and whether it is told the
 * first time (`first`). The deals of the others are not read. */
struct fault *import_histories_judge(struct db *db, struct arena *arena, const struct scope *scope,
                                     const char *source, const struct import_row *const *rows, size_t count,
                                     const struct fault **faults, bool *first);

/* Loads the attribution of each row; the rows are written, no other claim is on them. */
struct fault *import_histories_write(struct db *db, struct arena *arena, const struct scope *scope,
                                     const char *source, const struct import_row *const *rows, size_t count);

#endif
