#ifndef METRICS_METRICS_H
#define METRICS_METRICS_H

#include "base/str.h"

/* Counters, gauges and histograms in Prometheus' text format 0.0.4. Families are made once at start; updates
 * are thread-safe and cheap. Label values come from closed sets or are bounded: METRICS_SERIES_MAX series per
 * family, what is over goes into one series whose labels are all "other". Values are cut at
 * METRICS_LABEL_BYTES_MAX, control characters in them replaced. */
#define METRICS_LABELS_MAX 4
#define METRICS_SERIES_MAX 2000
#define METRICS_LABEL_BYTES_MAX 128

struct metrics;
struct metric;

struct metrics *metrics_new(void);
void metrics_free(struct metrics *m);

/* labels: names separated by a space, "" for none. Strings and buckets must live as long as m (constants).
 * The second time a name comes, the family that has it already is returned; of a NULL registry NULL. */
struct metric *metrics_counter(struct metrics *m, const char *name, const char *help, const char *labels);
struct metric *metrics_gauge(struct metrics *m, const char *name, const char *help, const char *labels);
struct metric *metrics_histogram(struct metrics *m, const char *name, const char *help, const char *labels,
				 const double *buckets, size_t n_buckets);

/* A gauge (or counter) whose value is asked for at each rendering, with no lock held. */
void metrics_callback(struct metrics *m, const char *name, const char *help, const char *type,
		      double (*value)(void *arg), void *arg);

/* refresh is called before each rendering, with no lock held, to set gauges that nothing else moves; at most
 * METRICS_REFRESHERS_MAX of them. */
#define METRICS_REFRESHERS_MAX 4
void metrics_before_render(struct metrics *m, void (*refresh)(void *arg), void *arg);

/* Label values in the order of the names. A NULL metric is a no-op so that tests need no registry; so is what
 * a family's type does not have: a counter that goes down or is set, a NaN observed. */
#define METRIC_LABELS(...) ((const char *const[METRICS_LABELS_MAX]){__VA_ARGS__})
#define METRIC_NO_LABELS ((const char *const[METRICS_LABELS_MAX]){0})
void metric_add(struct metric *f, const char *const *labels, double v);
void metric_set(struct metric *f, const char *const *labels, double v);
void metric_observe(struct metric *f, const char *const *labels, double v);
double metric_value(struct metric *f, const char *const *labels); /* 0 if absent; of a histogram the sum */
void metric_remove(struct metric *f, const char *const *labels);  /* of an object that is gone */

/* process_* of the Prometheus convention, and <program>_build_info. */
void metrics_add_process(struct metrics *m, const char *build_info_name, const char *version);

void metrics_render(struct metrics *m, struct strbuf *out);

#endif
