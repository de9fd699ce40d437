#include "metrics/metrics.h"
#include "base/mem.h"
#include "base/sync.h"
#include "metrics/family.h"
#include <math.h>
#include <string.h>

/* Room for the printed labels of one series: METRICS_LABELS_MAX names and escaped values. */
#define KEY_MAX 4096

struct metrics *metrics_new(void)
{
	struct metrics *m = MEM_NEW(struct metrics);

	sync_mutex_init(&m->mutex);
	return m;
}

static void series_free(void *value)
{
	struct series *s = value;

	mem_free(s->counts);
	mem_free(s);
}

static void family_free(struct metric *f)
{
	map_free(f->series);
	strv_release(&f->labels);
	mem_free(f);
}

void metrics_free(struct metrics *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n; i++)
		family_free(m->families[i]);
	mem_free(m->families);
	sync_mutex_destroy(&m->mutex);
	mem_free(m);
}

void metrics_add_escaped(struct strbuf *out, const char *s, bool in_quotes)
{
	for (; *s; s++) {
		if (*s == '\n')
			strbuf_adds(out, "\\n");
		else if (*s == '\\' || (in_quotes && *s == '"'))
			strbuf_addf(out, "\\%c", *s);
		else
			strbuf_addc(out, *s);
	}
}

/* labels NULL: all "other". */
static void key_init(const struct metric *f, const char *const *labels, struct strbuf *out)
{
	strbuf_init(out, KEY_MAX);
	for (size_t i = 0; i < f->labels.n; i++) {
		CLEANUP(strbuf_release) struct strbuf value = {0};

		strbuf_init(&value, METRICS_LABEL_BYTES_MAX);
		str_add_printable(&value, labels ? labels[i] : "other", METRICS_LABEL_BYTES_MAX);
		strbuf_addf(out, "%s%s=\"", i > 0 ? "," : "", f->labels.v[i]);
		metrics_add_escaped(out, value.p, true);
		strbuf_addc(out, '"');
	}
}

static struct series *series_add(struct metric *f, const char *key)
{
	struct series *s = MEM_NEW(struct series);

	if (f->type == METRIC_HISTOGRAM)
		s->counts = mem_calloc(f->n_buckets + 1, sizeof(*s->counts));
	map_set(f->series, key, s);
	return s;
}

/* With the mutex held. */
static struct series *series_find_or_add(struct metric *f, const char *key)
{
	CLEANUP(strbuf_release) struct strbuf other = {0};
	struct series *s = map_get(f->series, key);

	if (s)
		return s;
	if (map_len(f->series) < METRICS_SERIES_MAX)
		return series_add(f, key);
	key_init(f, NULL, &other);
	s = map_get(f->series, other.p);
	return s ? s : series_add(f, other.p);
}

static struct metric *find_family(const struct metrics *m, const char *name)
{
	for (size_t i = 0; i < m->n; i++) {
		if (streq(m->families[i]->name, name))
			return m->families[i];
	}
	return NULL;
}

static struct metric *add_family(struct metrics *m, struct metric template, const char *labels)
{
	struct metric *f;

	if (!m)
		return NULL;
	SYNC_SCOPE(&m->mutex);
	f = find_family(m, template.name);
	if (f)
		return f;
	f = mem_dup(&template, sizeof(template));
	f->owner = m;
	f->series = map_new(series_free);
	if (*labels)
		strv_split(&f->labels, labels, ' ');
	else if (!f->callback)
		(void)series_add(f, ""); /* so that it shows as 0 before its first event */
	m->families = mem_grow(m->families, m->n + 1, sizeof(*m->families));
	m->families[m->n++] = f;
	return f;
}

struct metric *metrics_counter(struct metrics *m, const char *name, const char *help, const char *labels)
{
	return add_family(m, (struct metric){.name = name, .help = help, .type = METRIC_COUNTER}, labels);
}

struct metric *metrics_gauge(struct metrics *m, const char *name, const char *help, const char *labels)
{
	return add_family(m, (struct metric){.name = name, .help = help, .type = METRIC_GAUGE}, labels);
}

struct metric *metrics_histogram(struct metrics *m, const char *name, const char *help, const char *labels,
				 const double *buckets, size_t n_buckets)
{
	return add_family(m,
			  (struct metric){.name = name,
					  .help = help,
					  .type = METRIC_HISTOGRAM,
					  .buckets = buckets,
					  .n_buckets = n_buckets},
			  labels);
}

void metrics_callback(struct metrics *m, const char *name, const char *help, const char *type,
		      double (*value)(void *arg), void *arg)
{
	(void)add_family(m,
			 (struct metric){.name = name,
					 .help = help,
					 .type = streq(type, "counter") ? METRIC_COUNTER : METRIC_GAUGE,
					 .callback = value,
					 .callback_arg = arg},
			 "");
}

void metrics_before_render(struct metrics *m, void (*refresh)(void *arg), void *arg)
{
	if (!m)
		return;
	SYNC_SCOPE(&m->mutex);
	if (m->n_refreshers < METRICS_REFRESHERS_MAX)
		m->refreshers[m->n_refreshers++] = (struct refresher){refresh, arg};
}

static void observe(const struct metric *f, struct series *s, double v)
{
	size_t i = 0;

	while (i < f->n_buckets && v > f->buckets[i])
		i++;
	s->counts[i]++;
	s->value += v;
}

enum update { UPDATE_ADD, UPDATE_SET, UPDATE_OBSERVE };

static bool fits(const struct metric *f, enum update update, double v)
{
	switch (f->type) {
	case METRIC_COUNTER:
		return update == UPDATE_ADD && v >= 0;
	case METRIC_GAUGE:
		return update != UPDATE_OBSERVE;
	case METRIC_HISTOGRAM:
		return update == UPDATE_OBSERVE && !isnan(v);
	}
	return false;
}

static void apply(struct metric *f, const char *const *labels, enum update update, double v)
{
	CLEANUP(strbuf_release) struct strbuf key = {0};
	struct series *s;

	if (!f || f->callback || !fits(f, update, v))
		return;
	key_init(f, labels, &key);
	SYNC_SCOPE(&f->owner->mutex);
	s = series_find_or_add(f, key.p);
	switch (update) {
	case UPDATE_ADD:
		s->value += v;
		break;
	case UPDATE_SET:
		s->value = v;
		break;
	case UPDATE_OBSERVE:
		observe(f, s, v);
		break;
	}
}

void metric_add(struct metric *f, const char *const *labels, double v)
{
	apply(f, labels, UPDATE_ADD, v);
}

void metric_set(struct metric *f, const char *const *labels, double v)
{
	apply(f, labels, UPDATE_SET, v);
}

void metric_observe(struct metric *f, const char *const *labels, double v)
{
	apply(f, labels, UPDATE_OBSERVE, v);
}

double metric_value(struct metric *f, const char *const *labels)
{
	CLEANUP(strbuf_release) struct strbuf key = {0};
	const struct series *s;

	if (!f)
		return 0;
	key_init(f, labels, &key);
	SYNC_SCOPE(&f->owner->mutex);
	s = map_get(f->series, key.p);
	return s ? s->value : 0;
}

void metric_remove(struct metric *f, const char *const *labels)
{
	CLEANUP(strbuf_release) struct strbuf key = {0};

	if (!f)
		return;
	key_init(f, labels, &key);
	SYNC_SCOPE(&f->owner->mutex);
	(void)map_del(f->series, key.p);
}
