#ifndef METRICS_FAMILY_H
#define METRICS_FAMILY_H

#include "base/map.h"
#include "metrics/metrics.h"
#include <pthread.h>

/* What metrics.c keeps and render.c prints. */

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

/* One set of label values. In its family's map it lies under the labels as they are printed, without braces.
 */
struct series {
	double value; /* of a histogram the sum */
	uint64_t *
		counts; /* of a histogram: one for each bucket, not cumulated, and one for what is over all */
};

struct metric {
	struct metrics *owner;
	const char *name, *help;
	enum metric_type type;
	struct strv labels;
	const double *buckets;
	size_t n_buckets;
	struct map *series;
	double (*callback)(void *arg); /* instead of series */
	void *callback_arg;
};

struct metrics {
	pthread_mutex_t mutex; /* of everything below, families' series included */
	struct metric **families;
	size_t n;
	struct refresher {
		void (*refresh)(void *arg);
		void *arg;
	} refreshers[METRICS_REFRESHERS_MAX];
	size_t n_refreshers;
};

/* Escapes \ and newline, in quotes also ". */
void metrics_add_escaped(struct strbuf *out, const char *s, bool in_quotes);

#endif
