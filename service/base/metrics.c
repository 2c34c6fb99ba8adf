/* A list of metrics that only grows. Registering takes a lock; counting is one atomic addition and takes
 * none, so a page may show a count from the middle of a request, but never a torn or a falling one. */
#include "tandem/base/metrics.h"

#include "tandem/base/arena.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { COUNTER, GAUGE, HISTOGRAM };

/* Upper bounds in microseconds, and as Prometheus prints them. */
static const struct bucket {
    int64_t most_us;
    const char *le;
} buckets[] = {{100, "0.0001"},  {250, "0.00025"},   {500, "0.0005"},  {1000, "0.001"},  {2500, "0.0025"},
               {5000, "0.005"},  {10000, "0.01"},    {25000, "0.025"}, {50000, "0.05"},  {100000, "0.1"},
               {250000, "0.25"}, {500000, "0.5"},    {1000000, "1"},   {2500000, "2.5"}, {5000000, "5"},
               {10000000, "10"}, {INT64_MAX, "+Inf"}};

enum { BUCKETS = sizeof buckets / sizeof *buckets };

struct metric {
    enum kind kind;
    char *name, *labels, *help;
    struct metric *next;
    _Atomic int64_t value;         /* a histogram's sum, in microseconds */
    _Atomic int64_t hits[BUCKETS]; /* a histogram's; not cumulative */
};

struct counter {
    struct metric metric;
};
struct gauge {
    struct metric metric;
};
struct histogram {
    struct metric metric;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct metric *first;

static char *copy_text(const char *text) {
    char *copy = strdup(text);
    if (!copy)
        abort();
    return copy;
}

static struct metric *metric_create(enum kind kind, const char *name, const char *labels, const char *help) {
    struct metric *metric = calloc(1, sizeof *metric);
    if (!metric)
        abort();
    metric->kind = kind;
    metric->name = copy_text(name);
    metric->labels = copy_text(labels);
    metric->help = copy_text(help);
    return metric;
}

/* Metrics of one name stay together, as the text format wants them: a new one goes behind the last of its
 * name. */
static struct metric *metric_register(enum kind kind, const char *name, const char *labels,
                                      const char *help) {
    struct metric *found = NULL, *behind = NULL, *last = NULL;
    pthread_mutex_lock(&lock);
    for (struct metric *metric = first; metric; metric = metric->next) {
        last = metric;
        if (strcmp(metric->name, name))
            continue;
        assert(metric->kind == kind);
        behind = metric;
        if (!strcmp(metric->labels, labels))
            found = metric;
    }
    if (!found) {
        found = metric_create(kind, name, labels, help);
        behind = behind ? behind : last;
        found->next = behind ? behind->next : NULL;
        *(behind ? &behind->next : &first) = found;
    }
    pthread_mutex_unlock(&lock);
    return found;
}

struct counter *counter_register(const char *name, const char *labels, const char *help) {
    return (struct counter *)metric_register(COUNTER, name, labels, help);
}

struct gauge *gauge_register(const char *name, const char *labels, const char *help) {
    return (struct gauge *)metric_register(GAUGE, name, labels, help);
}

struct histogram *histogram_register(const char *name, const char *labels, const char *help) {
    return (struct histogram *)metric_register(HISTOGRAM, name, labels, help);
}

void counter_add(struct counter *counter, int64_t value) {
    atomic_fetch_add_explicit(&counter->metric.value, value, memory_order_relaxed);
}

void gauge_set(struct gauge *gauge, int64_t value) {
    atomic_store_explicit(&gauge->metric.value, value, memory_order_relaxed);
}

void gauge_add(struct gauge *gauge, int64_t value) {
    atomic_fetch_add_explicit(&gauge->metric.value, value, memory_order_relaxed);
}

void histogram_observe_us(struct histogram *histogram, int64_t microseconds) {
    int bucket = 0;
    while (microseconds > buckets[bucket].most_us)
        bucket++;
    atomic_fetch_add_explicit(&histogram->metric.hits[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&histogram->metric.value, microseconds, memory_order_relaxed);
}

static void print_sample(FILE *out, const char *name, const char *suffix, const char *labels) {
    fprintf(out, *labels ? "%s%s{%s} " : "%s%s%s ", name, suffix, labels);
}

static void print_histogram(FILE *out, struct metric *metric) {
    int64_t hits = 0, sum_us = atomic_load_explicit(&metric->value, memory_order_relaxed);
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
        hits += atomic_load_explicit(&metric->hits[bucket], memory_order_relaxed);
        fprintf(out, "%s_bucket{%s%sle=\"%s\"} %" PRId64 "\n", metric->name, metric->labels,
                *metric->labels ? "," : "", buckets[bucket].le, hits);
    }
    print_sample(out, metric->name, "_sum", metric->labels);
    fprintf(out, "%" PRId64 ".%06" PRId64 "\n", sum_us / 1000000, sum_us % 1000000);
    print_sample(out, metric->name, "_count", metric->labels);
    fprintf(out, "%" PRId64 "\n", hits);
}

static void print_metric(FILE *out, struct metric *metric) {
    if (metric->kind == HISTOGRAM) {
        print_histogram(out, metric);
        return;
    }
    print_sample(out, metric->name, "", metric->labels);
    fprintf(out, "%" PRId64 "\n", atomic_load_explicit(&metric->value, memory_order_relaxed));
}

const char *metrics_text(struct arena *arena) {
    static const char *const types[] = {"counter", "gauge", "histogram"};
    char *text;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        abort();
    const char *family = "";
    pthread_mutex_lock(&lock);
    for (struct metric *metric = first; metric; metric = metric->next) {
        if (strcmp(metric->name, family))
            fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", metric->name, metric->help, metric->name,
                    types[metric->kind]);
        family = metric->name;
        print_metric(out, metric);
    }
    pthread_mutex_unlock(&lock);
    if (fclose(out))
        abort();
    const char *copy = arena_copy(arena, text, length);
    free(text);
    return copy;
}
