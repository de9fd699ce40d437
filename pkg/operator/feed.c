#include "operator/feed.h"

#include "base/log.h"
#include "base/mem.h"

#define WAIT_S 25
/* Who writes many items one by one gives one look a second, and so does a server that does not wait. */
#define PAUSE_MS 1000
#define RETRY_MS 5000
#define RETRY_MAX_MS 300000
#define LOOK_AGAIN_MS 3600000

struct feed {
	struct feed_options options;
	struct op_client *connect;
	pthread_t thread;
	char cursor[OP_CURSOR_SIZE]; /* "": nothing has been heard yet */
	int64_t failures;
};

static const struct logger log_feed = {.name = "feed"};

static bool is_in_trouble(const struct feed *f)
{
	err_t e CLEANUP(err_freep) = trouble_get(f->options.trouble);

	return e != NULL;
}

static int64_t after_failure_ms(struct feed *f, const struct err *e)
{
	const int64_t asked_ms = err_retry_after_ms(e);
	int64_t ms = RETRY_MS;

	if (err_is(e, ERR_NOT_FOUND)) {
		f->failures = 0;
		return LOOK_AGAIN_MS;
	}
	for (int64_t i = 0; i < f->failures && ms < RETRY_MAX_MS; i++)
		ms *= 2;
	f->failures++;
	ms = ms < RETRY_MAX_MS ? ms : RETRY_MAX_MS;
	if (ms < asked_ms)
		ms = asked_ms;
	return ms < LOOK_AGAIN_MS ? ms : LOOK_AGAIN_MS;
}

/* Asks once; how long to rest before the next time. */
static int64_t ask(struct feed *f)
{
	char cursor[OP_CURSOR_SIZE];
	err_t e CLEANUP(err_freep) = NULL;

	memcpy(cursor, f->cursor, sizeof(cursor));
	e = op_wait_changes(f->connect, cursor, *cursor ? WAIT_S : 0, f->options.cancel);
	if (e) {
		if (!err_is(e, ERR_CANCELED))
			log_debug(&log_feed, "no news of changes", F_ERR(e));
		return after_failure_ms(f, e);
	}
	f->failures = 0;
	if (!streq(cursor, f->cursor)) {
		memcpy(f->cursor, cursor, sizeof(cursor));
		f->options.changed(f->options.arg);
	}
	return PAUSE_MS;
}

static void *feed_main(void *arg)
{
	struct feed *f = arg;
	int64_t rest_ms = 0;

	while (!cancel_sleep_ms(f->options.cancel, rest_ms))
		rest_ms = is_in_trouble(f) ? PAUSE_MS : ask(f);
	return NULL;
}

err_t feed_start(const struct feed_options *options, struct feed **out)
{
	struct feed *f = MEM_NEW(struct feed);
	err_t e;

	f->options = *options;
	e = op_client_new(options->connect, options->observer, &f->connect);
	if (e) {
		mem_free(f);
		return e;
	}
	sync_thread_start(&f->thread, "feed", feed_main, f);
	*out = f;
	return NULL;
}

void feed_join(struct feed *f)
{
	if (!f)
		return;
	sync_thread_join(f->thread);
	op_client_free(f->connect);
	mem_free(f);
}
