#include "base/double.h"
#include "base/mem.h"
#include "base/sync.h"
#include "metrics/family.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *type_name(enum metric_type type)
{
	switch (type) {
	case METRIC_COUNTER:
		return "counter";
	case METRIC_GAUGE:
		return "gauge";
	case METRIC_HISTOGRAM:
		return "histogram";
	}
	return "untyped";
}

static void add_number(struct strbuf *out, double v)
{
	char text[DOUBLE_TEXT_SIZE];

	if (isnan(v)) {
		strbuf_adds(out, "NaN");
	} else if (isinf(v)) {
		strbuf_adds(out, v < 0 ? "-Inf" : "+Inf");
	} else {
		double_format(v, text);
		strbuf_adds(out, text);
	}
}

/* The part of a line before its number. */
static void begin_sample(struct strbuf *out, const char *name, const char *suffix, const char *labels)
{
	strbuf_addf(out, "%s%s", name, suffix);
	if (*labels)
		strbuf_addf(out, "{%s}", labels);
	strbuf_addc(out, ' ');
}

static void add_sample(struct strbuf *out, const char *name, const char *suffix, const char *labels, double v)
{
	begin_sample(out, name, suffix, labels);
	add_number(out, v);
	strbuf_addc(out, '\n');
}

static void add_histogram(struct strbuf *out, const struct metric *f, const char *labels,
			  const struct series *s)
{
	uint64_t count = 0;

	for (size_t i = 0; i <= f->n_buckets; i++) {
		count += s->counts[i];
		strbuf_addf(out, "%s_bucket{%s%sle=\"", f->name, labels, *labels ? "," : "");
		add_number(out, i < f->n_buckets ? f->buckets[i] : (double)INFINITY);
		strbuf_addf(out, "\"} %" PRIu64 "\n", count);
	}
	add_sample(out, f->name, "_sum", labels, s->value);
	begin_sample(out, f->name, "_count", labels);
	strbuf_addf(out, "%" PRIu64 "\n", count);
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The keys in an order that does not change from one rendering to the next. */
static const char **sorted_keys(const struct map *series)
{
	const char **keys = mem_calloc(map_len(series), sizeof(*keys));
	size_t n = 0;

	for (size_t i = 0; map_next(series, &i, &keys[n], NULL);)
		n++;
	if (n > 1)
		qsort(keys, n, sizeof(*keys), compare_keys);
	return keys;
}

static void add_header(struct strbuf *out, const struct metric *f)
{
	strbuf_addf(out, "# HELP %s ", f->name);
	metrics_add_escaped(out, f->help, false);
	strbuf_addf(out, "\n# TYPE %s %s\n", f->name, type_name(f->type));
}

static void render_family(const struct metric *f, struct strbuf *out)
{
	CLEANUP(mem_freep) const char **keys = NULL;
	const size_t n = map_len(f->series);

	if (n == 0)
		return;
	add_header(out, f);
	keys = sorted_keys(f->series);
	for (size_t i = 0; i < n; i++) {
		const struct series *s = map_get(f->series, keys[i]);

		if (f->type == METRIC_HISTOGRAM)
			add_histogram(out, f, keys[i], s);
		else
			add_sample(out, f->name, "", keys[i], s->value);
	}
}

static void refresh_all(struct metrics *m)
{
	struct refresher all[METRICS_REFRESHERS_MAX];
	size_t n;

	sync_mutex_lock(&m->mutex);
	n = m->n_refreshers;
	memcpy(all, m->refreshers, sizeof(all));
	sync_mutex_unlock(&m->mutex);
	for (size_t i = 0; i < n; i++)
		all[i].refresh(all[i].arg);
}

void metrics_render(struct metrics *m, struct strbuf *out)
{
	refresh_all(m);
	for (size_t i = 0;; i++) {
		const struct metric *f;

		sync_mutex_lock(&m->mutex);
		f = i < m->n ? m->families[i] : NULL;
		if (f && !f->callback)
			render_family(f, out);
		sync_mutex_unlock(&m->mutex);
		if (!f)
			return;
		if (f->callback) {
			/* Without the mutex: the callback may take a lock that others hold while they count.
			 */
			add_header(out, f);
			add_sample(out, f->name, "", "", f->callback(f->callback_arg));
		}
	}
}
