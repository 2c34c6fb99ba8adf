/* A file built into the binary by tools/embed.c. */
#ifndef TANDEM_BASE_EMBEDDED_H
#define TANDEM_BASE_EMBEDDED_H

#include <stddef.h>
#include <stdint.h>

struct embedded_file {
    const char *name; /* without folders */
    size_t size;
    const char *bytes; /* a NUL follows that `size` does not count */
    uint64_t hash;     /* of the bytes (FNV-1a); made when they were built in */
};

#endif
