/* Turns named SQL into an enum and a table:
 *
 *     statements out.c out.h symbol file.sql...
 *
 *     -- name: registration_by_id
 *     -- comment lines, as many as it needs
 *     select ... where tenant_id = $1;
 *
 * Columns that several statements read alike are listed once, in front of them, and taken by their name:
 *
 *     -- columns: deal_sheet
 *     opportunity_id, id, version;
 *     -- name: opportunity_by_id
 *     select :deal_sheet from deal_sheet where tenant_id = $1;
 *
 * A statement that reads a temporary table cannot be prepared when the connection opens; its first line says so:
 *
 *     -- name: import_create
 *     -- late
 *
 * gives `enum symbol { SYMBOL_registration_by_id, ..., SYMBOL_COUNT }` and `const struct statement
 * symbol_statements[]`. A statement is one command that ends with the first semicolon outside quotes and
 * comments; its parameters are counted the same way, and a gap among them is an error. */
#include <ctype.h>
#include <stdbool.h>

#include "text_file.h"

#define NAME "-- name:"
#define COLUMNS "-- columns:"
#define LATE "-- late\n"

struct entry {
    char *name;
    char *text;
    size_t length;
    const char *file;
    int line;
    int parameters;
    bool late;
};

struct input {
    const char *file;
    const char *at;
    int line;
};

static struct entry *entries, *lists; /* statements; lists of columns */
static size_t entry_count, list_count;

static void advance(struct input *in, size_t characters) {
    for (; characters && *in->at; characters--, in->at++)
        in->line += *in->at == '\n';
}

static bool is_word(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

/* Steps over the line's rest, without its end. */
static void skip_line(struct input *in) {
    advance(in, strcspn(in->at, "\n"));
}

/* Steps over '...' or "..."; a doubled quote is two strings in a row, E'...' knows the backslash too. */
static void skip_quoted(struct input *in, bool backslash) {
    char quote = *in->at;
    int start = in->line;
    for (advance(in, 1); *in->at != quote; advance(in, 1)) {
        if (backslash && *in->at == '\\')
            advance(in, 1);
        if (!*in->at)
            tool_fail(in->file, start, "this quote is never closed");
    }
    advance(in, 1);
}

static void skip_block_comment(struct input *in) {
    int start = in->line, depth = 0;
    do {
        if (!*in->at)
            tool_fail(in->file, start, "this comment is never closed");
        bool opens = !strncmp(in->at, "/*", 2), closes = !strncmp(in->at, "*/", 2);
        depth += opens - closes;
        advance(in, opens || closes ? 2 : 1);
    } while (depth);
}

/* Steps over $tag$...$tag$; false when this dollar opens none. */
static bool skip_dollar_quoted(struct input *in) {
    size_t tag = 1;
    while (is_word(in->at[tag]))
        tag++;
    if (in->at[tag] != '$' || isdigit((unsigned char)in->at[1]))
        return false;
    tag++;
    int start = in->line;
    const char *open = in->at;
    for (advance(in, tag); strncmp(in->at, open, tag); advance(in, 1))
        if (!*in->at)
            tool_fail(in->file, start, "this dollar quote is never closed");
    advance(in, tag);
    return true;
}

static void note_parameter(struct input *in, unsigned long long *used) {
    char *end;
    long number = strtol(in->at + 1, &end, 10);
    if (number < 1 || number > 64)
        tool_fail(in->file, in->line, "parameters are $1 to $64");
    *used |= 1ull << (number - 1);
    advance(in, (size_t)(end - in->at));
}

static int parameter_count(const struct entry *entry, unsigned long long used) {
    int count = 0;
    for (; used; used >>= 1, count++)
        if (!(used & 1))
            tool_fail(entry->file, entry->line, "%s does not use parameter $%d", entry->name, count + 1);
    return count;
}

static void append(struct entry *entry, const char *text, size_t length) {
    entry->text = tool_memory(entry->text, entry->length + length + 1);
    memcpy(entry->text + entry->length, text, length);
    entry->length += length;
}

/* Puts the list of columns in place of `:its_name`. */
static void take_columns(struct input *in, struct entry *entry) {
    size_t length = 0;
    const char *name = in->at + 1;
    while (is_word(name[length]))
        length++;
    for (const struct entry *list = lists; list < lists + list_count; list++)
        if (strlen(list->name) == length && !strncmp(list->name, name, length)) {
            append(entry, list->text, list->length);
            advance(in, length + 1);
            return;
        }
    tool_fail(in->file, in->line, "there is no `-- columns: %.*s` before this", (int)length, name);
}

/* Reads up to the semicolon that ends the statement or list. */
static void read_statement(struct input *in, struct entry *entry) {
    const char *start = in->at, *copied = in->at;
    unsigned long long used = 0;
    while (*in->at != ';') {
        char before = in->at > start ? in->at[-1] : ' ';
        if (!*in->at)
            tool_fail(entry->file, entry->line, "%s has no final semicolon", entry->name);
        else if (!strncmp(in->at, "-- name:", 8))
            tool_fail(in->file, in->line, "%s has no final semicolon before this", entry->name);
        else if (!strncmp(in->at, "--", 2))
            skip_line(in);
        else if (!strncmp(in->at, "/*", 2))
            skip_block_comment(in);
        else if (*in->at == '\'' || *in->at == '"')
            skip_quoted(in, *in->at == '\'' && (before == 'E' || before == 'e'));
        else if (*in->at == ':' && before != ':' && islower((unsigned char)in->at[1])) {
            append(entry, copied, (size_t)(in->at - copied));
            take_columns(in, entry);
            copied = in->at;
        } else if (*in->at == '$' && isdigit((unsigned char)in->at[1]) && !is_word(before))
            note_parameter(in, &used);
        else if (*in->at != '$' || is_word(before) || !skip_dollar_quoted(in))
            advance(in, 1);
    }
    append(entry, copied, (size_t)(in->at - copied));
    entry->parameters = parameter_count(entry, used);
    advance(in, 1);
}

/* `marker` is "-- name:" or "-- columns:". */
static void read_name(struct input *in, struct entry *entry, const char *marker) {
    advance(in, strlen(marker));
    advance(in, strspn(in->at, " \t"));
    size_t length = 0;
    while (is_word(in->at[length]))
        length++;
    if (!islower((unsigned char)*in->at) || length > 63 ||
        in->at[length + strspn(in->at + length, " \t\r")] != '\n')
        tool_fail(in->file, in->line, "a statement's name is one lower-case word of at most 63 characters");
    entry->name = tool_memory(NULL, length + 1);
    memcpy(entry->name, in->at, length);
    entry->name[length] = 0;
    for (const struct entry *other = entries; other < entries + entry_count; other++)
        if (!strcmp(other->name, entry->name))
            tool_fail(in->file, in->line, "%s stands in %s:%d already", entry->name, other->file,
                      other->line);
    entry->file = in->file;
    entry->line = in->line;
    skip_line(in);
}

/* Comments between the name and the statement explain it to readers, not to PostgreSQL. */
static void skip_blank(struct input *in) {
    for (;;) {
        advance(in, strspn(in->at, " \t\r\n"));
        if (strncmp(in->at, "--", 2) || !strncmp(in->at, NAME, strlen(NAME)) ||
            !strncmp(in->at, COLUMNS, strlen(COLUMNS)))
            return;
        skip_line(in);
    }
}

static void read_file(const char *file) {
    size_t length;
    char *bytes = tool_read(file, &length);
    if (strlen(bytes) != length)
        tool_fail(file, 0, "has a NUL in it");
    struct input in = {file, bytes, 1};
    for (skip_blank(&in); *in.at; skip_blank(&in)) {
        bool is_list = !strncmp(in.at, COLUMNS, strlen(COLUMNS));
        if (!is_list && strncmp(in.at, NAME, strlen(NAME)))
            tool_fail(file, in.line, "expected `-- name: some_statement`");
        struct entry entry = {0}, **into = is_list ? &lists : &entries;
        size_t *count = is_list ? &list_count : &entry_count;
        read_name(&in, &entry, is_list ? COLUMNS : NAME);
        entry.late = *in.at && !strncmp(in.at + 1, LATE, strlen(LATE));
        skip_blank(&in);
        read_statement(&in, &entry);
        *into = tool_memory(*into, (*count + 1) * sizeof **into);
        (*into)[(*count)++] = entry;
    }
    free(bytes);
}

static const char *upper(const char *symbol) {
    static char text[64];
    size_t i = 0;
    for (; symbol[i] && i + 1 < sizeof text; i++)
        text[i] = (char)toupper((unsigned char)symbol[i]);
    text[i] = 0;
    return text;
}

static void write_header(const char *path, const char *symbol) {
    FILE *out = tool_create(path);
    const char *prefix = upper(symbol);
    fprintf(out,
            "/* Made by tools/statements.c. */\n#ifndef STATEMENTS_%s_H\n#define STATEMENTS_%s_H\n\n"
            "#include \"tandem/store/statement.h\"\n\nenum %s {\n",
            prefix, prefix, symbol);
    for (const struct entry *entry = entries; entry < entries + entry_count; entry++)
        fprintf(out, "    %s_%s,\n", prefix, entry->name);
    fprintf(out, "    %s_COUNT\n};\n\nextern const struct statement %s_statements[];\n\n#endif\n", prefix,
            symbol);
    tool_close(out, path);
}

static void write_source(const char *path, const char *header, const char *symbol) {
    FILE *out = tool_create(path);
    fprintf(out,
            "/* Made by tools/statements.c. */\n#include \"%s\"\n\n"
            "#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n\n"
            "const struct statement %s_statements[] = {\n",
            tool_base_name(header), symbol);
    for (const struct entry *entry = entries; entry < entries + entry_count; entry++) {
        fprintf(out, "    {\"%s\",", entry->name);
        tool_write_literal(out, entry->text, entry->length);
        fprintf(out, ",\n     %d, \"%s:%d\", %d},\n", entry->parameters, tool_base_name(entry->file),
                entry->line, entry->late);
    }
    fputs("    {0, 0, 0, 0, 0}};\n", out);
    tool_close(out, path);
}

int main(int argc, char **argv) {
    if (argc < 4)
        tool_fail("statements", 0, "usage: statements out.c out.h symbol file.sql...");
    for (int i = 4; i < argc; i++)
        read_file(argv[i]);
    write_header(argv[2], argv[3]);
    write_source(argv[1], argv[2], argv[3]);
    return 0;
}
