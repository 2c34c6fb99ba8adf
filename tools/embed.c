/* Builds files into the binary:
 *
 *     embed out.c out.h symbol file...
 *
 * gives `const struct embedded_file symbol[]` and `const size_t symbol_count`, sorted by file name, so that
 * numbered files come in their order. The bytes stand as string literals: compilers read them many times
 * faster than lists of numbers, and every file ends with a NUL that its size does not count. */
#include <ctype.h>
#include <stdint.h>

#include "text_file.h"

static int compare_names(const void *a, const void *b) {
    const char *const *left = a, *const *right = b;
    return strcmp(tool_base_name(*left), tool_base_name(*right));
}

static void check_names(char **files, int count) {
    for (int i = 1; i < count; i++)
        if (!strcmp(tool_base_name(files[i - 1]), tool_base_name(files[i])))
            tool_fail(files[i], 0, "another file has the same name: %s", files[i - 1]);
}

/* FNV-1a: tells two versions of a file apart, nothing more. */
static uint64_t hash_of(const char *bytes, size_t length) {
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001b3;
    return hash;
}

static void write_header(const char *path, const char *symbol) {
    FILE *out = tool_create(path);
    fprintf(out, "/* Made by tools/embed.c. */\n#ifndef EMBEDDED_");
    for (const char *c = symbol; *c; c++)
        fputc(toupper((unsigned char)*c), out);
    fprintf(out, "_H\n#define EMBEDDED_");
    for (const char *c = symbol; *c; c++)
        fputc(toupper((unsigned char)*c), out);
    fprintf(out,
            "_H\n\n#include \"tandem/base/embedded.h\"\n\n"
            "extern const struct embedded_file %s[];\nextern const size_t %s_count;\n\n#endif\n",
            symbol, symbol);
    tool_close(out, path);
}

static void write_source(const char *path, const char *header, const char *symbol, char **files, int count) {
    FILE *out = tool_create(path);
    fprintf(out,
            "/* Made by tools/embed.c. */\n#include \"%s\"\n\n"
            "#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n\n"
            "const size_t %s_count = %d;\n\nconst struct embedded_file %s[] = {\n",
            tool_base_name(header), symbol, count, symbol);
    for (int i = 0; i < count; i++) {
        size_t length;
        char *bytes = tool_read(files[i], &length);
        fprintf(out, "    {\"%s\", %zu,", tool_base_name(files[i]), length);
        tool_write_literal(out, bytes, length);
        fprintf(out, ", 0x%016llx},\n", (unsigned long long)hash_of(bytes, length));
        free(bytes);
    }
    fputs("    {0, 0, 0, 0}};\n", out);
    tool_close(out, path);
}

int main(int argc, char **argv) {
    if (argc < 4)
        tool_fail("embed", 0, "usage: embed out.c out.h symbol file...");
    char **files = argv + 4;
    int count = argc - 4;
    qsort(files, (size_t)count, sizeof *files, compare_names);
    check_names(files, count);
    write_header(argv[2], argv[3]);
    write_source(argv[1], argv[2], argv[3], files, count);
    return 0;
}
