#include "operator/poller.h"

#include "base/log.h"
#include "base/mem.h"
#include "operator/accesstoken.h"
#include "operator/feed.h"
#include "operator/moved.h"
#include "operator/report.h"

/* Every so many polls the lists are read whatever contentVersion says. */
#define FULL_POLL_EVERY 10
/* One failed poll may be a blip, and a server that starts anew takes a moment: from then on people are told.
 */
#define FAILURES_TO_TELL 2
#define RETRY_MS 2000
#define RETRY_MAX_MS 15000
/* Who asks for more is mistaken. */
#define RETRY_AFTER_MAX_MS INT64_C(3600000)
#define TOKEN_LOOK_MS 2000

struct poller {
	struct poller_options options;
	struct op_client *connect;
	struct accesstoken token;
	pthread_t thread;
	struct feed *feed; /* NULL: not asked for */
	pthread_mutex_t mutex;
	struct cancel *news; /* under mutex: set when a poll is due before its time */
	int64_t due_ns;      /* the next poll by the interval */
	int64_t turns;       /* polls by the interval that were fine */
	int64_t polls, failures;
	int64_t failing_since_ns; /* the first of these failures */
	int64_t asked_ms;         /* how long Connect wants not to be asked */
};

static const struct logger log_poll = {.name = "poll"};

/* Every Secret's values are compared with its item once in a while. */
static void queue_due(const struct poller *p)
{
	struct strv keys CLEANUP(strv_release) = {0};

	memos_due(p->options.shared->memos, clock_now_ns(NULL), &keys);
	for (size_t i = 0; i < keys.n; i++)
		workqueue_add(p->options.shared->queue, keys.v[i], WORKQUEUE_ROUTINE);
}

/* A server that answers, if only with a refusal, is not one that starts anew. */
static bool is_worth_telling(const struct poller *p, const struct err *e)
{
	const bool is_away = err_is(e, ERR_UNAVAILABLE) || err_is(e, ERR_TIMEOUT);
	const int64_t failing_ms = (clock_now_ns(NULL) - p->failing_since_ns) / NS_PER_MS;

	return p->failures >= FAILURES_TO_TELL && (!is_away || failing_ms >= p->options.grace_ms);
}

static void note_failure(struct poller *p, const struct err *e)
{
	if (p->failures++ == 0)
		p->failing_since_ns = clock_now_ns(NULL);
	if (p->polls > 0 && !is_worth_telling(p, e))
		return;
	if (!trouble_set(&p->options.shared->trouble, e))
		return;
	log_error(&log_poll, "1Password Connect is out of reach; Secrets stay as they are",
		  F_STR("host", op_endpoint_host(p->options.connect)), F_ERR(e));
	shared_queue_all(p->options.shared);
}

static void note_success(struct poller *p, bool moved, bool full)
{
	const bool is_back = trouble_set(&p->options.shared->trouble, NULL);

	p->failures = 0;
	p->polls++;
	if (is_back)
		log_info(&log_poll, "1Password Connect answers again",
			 F_STR("host", op_endpoint_host(p->options.connect)));
	if (!moved)
		metric_add(p->options.shared->polls_skipped, METRIC_NO_LABELS, 1);
	report_try_whole(p->options.shared);
	if (is_back || (moved && full))
		shared_queue_all(p->options.shared);
	else if (moved)
		moved_queue(p->options.shared);
}

static void poll_once(struct poller *p, bool full)
{
	bool moved = false;
	err_t e CLEANUP(err_freep) =
		catalog_poll(p->options.shared->catalog, p->connect, full, p->options.cancel, &moved);

	if (err_is(e, ERR_CANCELED))
		return;
	p->asked_ms = e ? err_retry_after_ms(e) : 0;
	if (!catalog_is_reached(p->options.shared->catalog)) {
		note_failure(p, e);
		return;
	}
	if (e)
		log_warn(&log_poll, "a vault can't be read; its Secrets stay as they are", F_ERR(e));
	note_success(p, moved, full);
}

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t wait_ms(const struct poller *p)
{
	const int64_t asked_ms = smaller(p->asked_ms, RETRY_AFTER_MAX_MS);
	int64_t ms = p->options.interval_ms;

	if (p->failures)
		ms = smaller(ms, smaller(RETRY_MS * p->failures, RETRY_MAX_MS));
	return ms > asked_ms ? ms : asked_ms;
}

static void on_news(void *arg)
{
	struct poller *p = arg;

	SYNC_SCOPE(&p->mutex);
	cancel_set(p->news);
}

static void take_news(struct poller *p)
{
	SYNC_SCOPE(&p->mutex);
	cancel_free(p->news);
	p->news = cancel_new(p->options.cancel);
}

static int64_t left_ms(const struct poller *p)
{
	return (p->due_ns - clock_now_ns(NULL) + NS_PER_MS - 1) / NS_PER_MS;
}

/* Until the next poll is due, or a new token or news of a change have one made before; true: it was due. */
static bool wait_for_poll(struct poller *p)
{
	const bool token_may_change = !str_empty(p->token.path);

	for (int64_t left = left_ms(p); left > 0; left = left_ms(p)) {
		const int64_t step_ms = token_may_change ? smaller(left, TOKEN_LOOK_MS) : left;

		/* What Connect asked for counts more than any news. */
		if (cancel_sleep_ms(p->asked_ms > 0 ? p->options.cancel : p->news, step_ms)) {
			take_news(p);
			return false;
		}
		if (token_may_change && accesstoken_take_new(&p->token))
			return false;
	}
	return true;
}

static void tell_of_token(struct poller *p)
{
	if (accesstoken_tell(&p->token, clock_wall_ms()))
		shared_queue_all(p->options.shared);
}

static void set_due(struct poller *p)
{
	p->due_ns = clock_now_ns(NULL) + wait_ms(p) * NS_PER_MS;
}

static void *poller_main(void *arg)
{
	struct poller *p = arg;

	for (;;) {
		const bool is_due = wait_for_poll(p);

		if (cancel_is_set(p->options.cancel))
			return NULL;
		poll_once(p, is_due && p->turns % FULL_POLL_EVERY == FULL_POLL_EVERY - 1);
		tell_of_token(p);
		/* News do not put off what is due anyway. */
		if (is_due || p->failures || p->asked_ms)
			set_due(p);
		p->turns += is_due && !p->failures;
		if (is_due) {
			queue_due(p);
			mem_trim();
		}
	}
	return NULL;
}

static NODISCARD err_t start_feed(struct poller *p)
{
	const struct feed_options feed = {
		.connect = p->options.connect,
		.observer = p->options.observer,
		.trouble = &p->options.shared->trouble,
		.cancel = p->options.cancel,
		.changed = on_news,
		.arg = p,
	};

	return p->options.change_feed ? feed_start(&feed, &p->feed) : NULL;
}

static void poller_free(struct poller *p)
{
	op_client_free(p->connect);
	cancel_free(p->news);
	sync_mutex_destroy(&p->mutex);
	mem_free(p);
}

err_t poller_start(const struct poller_options *options, struct poller **out)
{
	struct poller *p = MEM_NEW(struct poller);
	err_t e;

	p->options = *options;
	sync_mutex_init(&p->mutex);
	p->news = cancel_new(options->cancel);
	e = op_client_new(options->connect, options->observer, &p->connect);
	if (!e)
		e = start_feed(p);
	if (e) {
		poller_free(p);
		return e;
	}
	p->token = (struct accesstoken){
		.shared = options->shared,
		.connect = options->connect,
		.path = options->token_file,
		.pod_namespace = options->pod_namespace,
		.pod_name = options->pod_name,
	};
	accesstoken_note(&p->token);
	poll_once(p, false);
	set_due(p);
	tell_of_token(p);
	trouble_on_suspicion(&options->shared->trouble, on_news, p);
	sync_thread_start(&p->thread, "poller", poller_main, p);
	*out = p;
	return NULL;
}

void poller_join(struct poller *p)
{
	if (!p)
		return;
	trouble_on_suspicion(&p->options.shared->trouble, NULL, NULL);
	feed_join(p->feed);
	sync_thread_join(p->thread);
	poller_free(p);
}
