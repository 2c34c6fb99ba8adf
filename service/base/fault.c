/* The table of problems, read from problem.def, and the lists that a refusal carries. Lists keep the order in
 * which their entries were found: a person reads them beside the input. */
#include "tandem/base/fault.h"

#include "tandem/base/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

static const struct problem_entry entries[PROBLEM_COUNT] = {
#define PROBLEM(symbol, status, code, title) [PROBLEM_##symbol] = {status, code, title},
#include "tandem/base/problem.def"
#undef PROBLEM
};

const struct problem_entry *problem_entry(enum problem problem) {
    assert((unsigned)problem < PROBLEM_COUNT);
    return &entries[problem];
}

const char *problem_slug(struct arena *arena, const char *code) {
    char *slug = arena_text(arena, code);
    for (char *at = slug; (at = strchr(at, '_'));)
        *at = '-';
    return slug;
}

struct fault *fault_make(struct arena *arena, enum problem problem, const char *format, ...) {
    va_list list;
    va_start(list, format);
    struct fault *fault = arena_alloc(arena, sizeof *fault);
    *fault = (struct fault){.problem = problem, .detail = arena_format_list(arena, format, list)};
    va_end(list);
    return fault;
}

void field_fault(struct field_faults *faults, const char *pointer, const char *code, const char *format,
                 ...) {
    if (faults->count++ >= FIELD_FAULTS_MAX)
        return;
    va_list list;
    va_start(list, format);
    struct fault_field *field = arena_alloc(faults->arena, sizeof *field);
    *field = (struct fault_field){.pointer = arena_text(faults->arena, pointer),
                                  .code = code,
                                  .detail = arena_format_list(faults->arena, format, list)};
    va_end(list);
    if (!faults->last)
        faults->last = &faults->first;
    *faults->last = field;
    faults->last = &field->next;
}

bool field_faults_any(const struct field_faults *faults) {
    return faults->first != NULL;
}

struct fault *field_faults_fault(const struct field_faults *faults) {
    if (!faults->first)
        return NULL;
    struct fault *fault =
        faults->count == 1
            ? fault_make(faults->arena, PROBLEM_INVALID_FIELDS, "1 field has a bad value")
            : fault_make(faults->arena, PROBLEM_INVALID_FIELDS, "%zu fields have bad values", faults->count);
    fault->fields = faults->first;
    return fault;
}

void fault_add_unmet(struct arena *arena, struct fault *fault, const char *criterion, const char *missing,
                     const char *owed_by) {
    struct fault_unmet **last = &fault->unmet;
    while (*last)
        last = &(*last)->next;
    *last = arena_alloc(arena, sizeof **last);
    **last = (struct fault_unmet){.criterion = criterion, .missing = missing, .owed_by = owed_by};
}
