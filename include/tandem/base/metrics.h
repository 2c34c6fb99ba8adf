/* Counters and histograms for /metrics (Prometheus text 0.0.4). Registered once at start, updated from any
 * thread. */
#ifndef TANDEM_BASE_METRICS_H
#define TANDEM_BASE_METRICS_H

#include <stdint.h>

struct arena;

/* The metric lives until exit. `labels` is the text between the braces, or "". The same name and labels give
 * the same metric again. */
struct counter *counter_register(const char *name, const char *labels, const char *help);
void counter_add(struct counter *counter, int64_t value);

struct gauge *gauge_register(const char *name, const char *labels, const char *help);
void gauge_set(struct gauge *gauge, int64_t value);
void gauge_add(struct gauge *gauge, int64_t value);

/* Seconds; buckets from 100 us to 10 s. */
struct histogram *histogram_register(const char *name, const char *labels, const char *help);
void histogram_observe_us(struct histogram *histogram, int64_t microseconds);

const char *metrics_text(struct arena *arena);

#endif
