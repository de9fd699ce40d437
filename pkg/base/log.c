#include "base/log.h"

#include "base/clock.h"
#include "base/log_line.h"
#include "base/log_rate.h"
#include "base/rand.h"
#include "base/siphash.h"
#include "base/sync.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static struct {
	atomic_int level;
	atomic_int format;
	atomic_int time;
	/* Held while a line is written, so that lines never mix. */
	pthread_mutex_t mutex;
	log_sink_fn sink;
	void *sink_arg;
	struct log_rate rate;
	struct siphash_key key; /* zero until the first line */
} state = {.level = LOG_INFO, .format = LOG_JSON, .mutex = PTHREAD_MUTEX_INITIALIZER};

struct logger logger_with(const struct logger *parent, struct log_field field)
{
	struct logger l = *parent;

	if (l.n < LOG_FIELDS_MAX)
		l.fields[l.n++] = field;
	return l;
}

void log_configure(enum log_level level, enum log_format format)
{
	atomic_store(&state.level, (int)level);
	atomic_store(&state.format, (int)format);
}

void log_set_time(enum log_time time)
{
	atomic_store(&state.time, (int)time);
}

void log_set_level(enum log_level level)
{
	atomic_store(&state.level, (int)level);
}

bool log_enabled(enum log_level level)
{
	return (int)level >= atomic_load_explicit(&state.level, memory_order_relaxed);
}

bool log_parse_level(const char *s, enum log_level *out)
{
	static const char *const names[] = {"debug", "info", "warn", "error"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (streq(s, names[i])) {
			*out = (enum log_level)i;
			return true;
		}
	}
	return false;
}

void log_set_sink(log_sink_fn sink, void *arg)
{
	SYNC_SCOPE(&state.mutex);
	state.sink = sink;
	state.sink_arg = arg;
}

/* Adds the object that the fields name to what makes lines equal. */
static void add_object(struct strbuf *id, const struct log_field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct log_field *f = &fields[i];

		if (f->type == LOG_FIELD_STR && f->u.str &&
		    (streq(f->key, "name") || streq(f->key, "namespace")))
			strbuf_add(id, f->u.str, strlen(f->u.str) + 1);
	}
}

static uint64_t hash_of(const struct log_event *e)
{
	CLEANUP(strbuf_release) struct strbuf id;

	strbuf_init(&id, LOG_LINE_MAX);
	if (e->logger) {
		strbuf_adds(&id, e->logger->name ? e->logger->name : "");
		strbuf_addc(&id, '\0');
		add_object(&id, e->logger->fields, e->logger->n);
	}
	strbuf_add(&id, e->msg, strlen(e->msg) + 1);
	add_object(&id, e->fields, e->n);
	if (state.key.k0 == 0)
		rand_bytes(&state.key, sizeof(state.key));
	return siphash(&state.key, id.p, id.len);
}

static void write_line(const char *p, size_t len)
{
	if (state.sink) {
		state.sink(state.sink_arg, p, len);
		return;
	}
	while (len > 0) {
		const ssize_t n = write(STDERR_FILENO, p, len);

		if (n < 0 && errno != EINTR)
			return; /* nowhere left to complain */
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
}

void log_emit(enum log_level level, const struct logger *l, const char *msg, const struct log_field *fields,
	      size_t n)
{
	CLEANUP(strbuf_release) struct strbuf line;
	struct log_event event = {.level = level, .logger = l, .msg = msg, .fields = fields, .n = n};

	strbuf_init(&line, LOG_LINE_MAX);
	SYNC_SCOPE(&state.mutex);
	/* Debug is for seeing everything. */
	if (level != LOG_DEBUG && !(l && l->every) &&
	    !log_rate_admit(&state.rate, hash_of(&event), clock_now_ns(NULL), &event.suppressed))
		return;
	event.wall_ms = clock_wall_ms();
	event.time = (enum log_time)atomic_load(&state.time);
	log_line_format(&event, (enum log_format)atomic_load(&state.format), &line);
	write_line(line.p, line.len);
}
