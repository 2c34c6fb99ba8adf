/* One private PostgreSQL for the whole executable, its schema migrated, with two tenants:
 *   acme    people "ada" (vendor) and "rita" (rep of partner Northwind)
 *   globex  person "ada" (vendor)
 * Tests open their connections here; `arena` lives as long as the test. */
#ifndef TANDEM_TESTS_STORE_FIXTURE_H
#define TANDEM_TESTS_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/store/db.h"
#include "tandem/store/private.h"
#include "tandem/store/scope.h"

#include "test_statements.h"

/* The number of a statement of tests/store/test.sql. */
#define TEST(name) ((enum sql)(SQL_COUNT + TEST_SQL_##name))

extern struct arena *arena;
extern const char *fixture_directory;

void fixture_start(void);
void fixture_stop(void);
const char *fixture_url(const char *role, const char *database);

/* The daemon's role, all statements prepared, short time-outs. */
struct db *db_of_service(bool read_only);
/* The superuser, nothing prepared. */
struct db *db_of_admin(void);

int test_arena_setup(void **state);
int test_arena_teardown(void **state);
#define STORE_TEST(function) cmocka_unit_test_setup_teardown(function, test_arena_setup, test_arena_teardown)

/* Prints the fault's cause when there is one. */
void assert_success(const struct fault *fault);
void assert_problem(const struct fault *fault, enum problem problem);
/* One statement of the admin, for arrangements and looks. */
void admin_run(const char *sql);
int64_t admin_integer(const char *sql);

/* Each file's tests. */
int amount_tests(void);
int copy_tests(void);
int query_tests(void);
int transaction_tests(void);
int read_batch_tests(void);
int migrate_tests(void);
int private_tests(void);

#endif
