/* A refusal on its way up. Every function that may refuse returns `struct fault *`: NULL is success, anything
 * else lives in the request's arena and is turned into application/problem+json at one place in http/. */
#ifndef TANDEM_BASE_FAULT_H
#define TANDEM_BASE_FAULT_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* problem.def lists every problem: PROBLEM(symbol, status, code, title). */
enum problem {
#define PROBLEM(symbol, status, code, title) PROBLEM_##symbol,
#include "problem.def"
#undef PROBLEM
    PROBLEM_COUNT
};

struct problem_entry {
    int status;        /* HTTP status */
    const char *code;  /* stable, snake_case; what programs compare */
    const char *title; /* short, the same for every occurrence */
};

const struct problem_entry *problem_entry(enum problem problem);

/* The code as the last part of its `type`, /problems/<slug>: with hyphens. */
const char *problem_slug(struct arena *arena, const char *code);

/* One bad field. */
struct fault_field {
    const char *pointer; /* RFC 6901 pointer into the body; "?name" for a query parameter */
    const char *code;    /* stable, snake_case: required, unknown_member, too_long ... */
    const char *detail;  /* a sentence for a person */
    struct fault_field *next;
};

/* One missing item of a refused stage move (docs/rules.md, "Advance"). */
struct fault_unmet {
    const char *criterion;
    const char *missing; /* evidence | vendor_confirmation | partner_confirmation | a computed reason */
    const char *owed_by; /* vendor | partner | a role */
    struct fault_unmet *next;
};

struct fault {
    enum problem problem;
    const char *detail; /* for the caller; never driver text */
    const char *cause;  /* for the log only; may be NULL */
    int retry_after_s;  /* 0 = no Retry-After */
    struct fault_field *fields;
    struct fault_unmet *unmet;
};

struct fault *fault_make(struct arena *arena, enum problem problem, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

enum { FIELD_FAULTS_MAX = 100 /* told of one input; more are counted only */ };

/* Collects every bad field of one input. Start from {.arena = arena}; the fault is NULL while none was added.
 */
struct field_faults {
    struct arena *arena;
    struct fault_field *first, **last;
    size_t count;
};

/* `pointer` is copied, `code` is a literal. */
void field_fault(struct field_faults *faults, const char *pointer, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
bool field_faults_any(const struct field_faults *faults);
/* PROBLEM_INVALID_FIELDS (422) with all of them in order, or NULL. */
struct fault *field_faults_fault(const struct field_faults *faults);

/* Adds at the end; the three texts are kept as they are. */
void fault_add_unmet(struct arena *arena, struct fault *fault, const char *criterion, const char *missing,
                     const char *owed_by);

/* Passes a refusal up. */
#define TRY(expression)                                                                                      \
    do {                                                                                                     \
        struct fault *try_fault = (expression);                                                              \
        if (try_fault)                                                                                       \
            return try_fault;                                                                                \
    } while (0)

#endif
