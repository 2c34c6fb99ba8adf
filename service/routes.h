/* The routes as the server takes them, and as `tandem routes` prints them. */
#ifndef TANDEM_ROUTES_H
#define TANDEM_ROUTES_H

#include <stddef.h>
#include <stdio.h>

#include "tandem/http/operation.h"

extern const struct route routes[];
extern const size_t route_count;

/* A JSON array of {method, path, operation, roles, lane, keyed}, for the test that holds it against the contract. */
void routes_print(FILE *out);

#endif
