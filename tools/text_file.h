/* What the build's tools share: whole files in memory, and an error that names its place. */
#ifndef TANDEM_TOOLS_TEXT_FILE_H
#define TANDEM_TOOLS_TEXT_FILE_H

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Prints "file:line: message" (line 0 is left out) and ends the build step. */
static inline void __attribute__((noreturn, format(printf, 3, 4)))
tool_fail(const char *file, int line, const char *format, ...) {
    va_list list;
    va_start(list, format);
    if (line > 0)
        fprintf(stderr, "%s:%d: ", file, line);
    else
        fprintf(stderr, "%s: ", file);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
    exit(1);
}

static inline void *tool_memory(void *old, size_t size) {
    void *memory = realloc(old, size);
    if (!memory)
        tool_fail("tool", 0, "out of memory");
    return memory;
}

static inline FILE *tool_create(const char *path) {
    FILE *out = fopen(path, "w");
    if (!out)
        tool_fail(path, 0, "cannot create: %s", strerror(errno));
    return out;
}

static inline void tool_close(FILE *out, const char *path) {
    if (fclose(out))
        tool_fail(path, 0, "cannot write: %s", strerror(errno));
}

/* The bytes with a final NUL that `length` does not count. */
static inline char *tool_read(const char *path, size_t *length) {
    FILE *in = fopen(path, "rb");
    if (!in)
        tool_fail(path, 0, "cannot read: %s", strerror(errno));
    char *bytes = NULL;
    size_t capacity = 0, got = 0;
    do {
        capacity = capacity ? capacity * 2 : 65536;
        bytes = tool_memory(bytes, capacity);
        got += fread(bytes + got, 1, capacity - got - 1, in);
    } while (got == capacity - 1);
    if (ferror(in))
        tool_fail(path, 0, "cannot read: %s", strerror(errno));
    fclose(in);
    bytes[got] = 0;
    *length = got;
    return bytes;
}

static inline const char *tool_base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* A C string literal of the bytes, one source line per line of text. Octal escapes have three digits, so that
 * no following digit joins them; '?' is escaped against trigraphs. */
static inline void tool_write_literal(FILE *out, const char *bytes, size_t length) {
    fputs("\n    \"", out);
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte == '\n')
            fputs(i + 1 < length ? "\\n\"\n    \"" : "\\n", out);
        else if (byte == '"' || byte == '\\' || byte == '?' || byte < ' ' || byte > '~')
            fprintf(out, "\\%03o", byte);
        else
            fputc(byte, out);
    }
    fputc('"', out);
}

#endif
