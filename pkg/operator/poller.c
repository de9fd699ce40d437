#include "operator/poller.h"

#include "base/log.h"
#include "base/mem.h"
#include "operator/accesstoken.h"

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
	int64_t polls, failures;
	int64_t failing_since_ns; /* the first of these failures */
	int64_t asked_ms;         /* how long Connect wants not to be asked */
};

static const struct logger log_poll = {.name = "poll"};

void poller_queue_all(struct shared *s, struct workqueue *q)
{
	struct strv keys CLEANUP(strv_release) = {0};

	shared_wanted_keys(s, &keys);
	for (size_t i = 0; i < keys.n; i++)
		workqueue_add(q, keys.v[i], WORKQUEUE_ROUTINE);
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
	poller_queue_all(p->options.shared, p->options.queue);
}

static void note_success(struct poller *p, bool moved)
{
	const bool is_back = trouble_set(&p->options.shared->trouble, NULL);

	p->failures = 0;
	p->polls++;
	if (is_back)
		log_info(&log_poll, "1Password Connect answers again",
			 F_STR("host", op_endpoint_host(p->options.connect)));
	if (is_back || moved)
		poller_queue_all(p->options.shared, p->options.queue);
}

static void poll_once(struct poller *p)
{
	const bool full = p->polls % FULL_POLL_EVERY == FULL_POLL_EVERY - 1;
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
	note_success(p, moved);
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

/* Until the next poll is due, or a new token makes it due. true: cancelled. */
static bool wait_for_poll(struct poller *p)
{
	int64_t left_ms = wait_ms(p);

	if (str_empty(p->token.path))
		return cancel_sleep_ms(p->options.cancel, left_ms);
	while (left_ms > 0) {
		if (cancel_sleep_ms(p->options.cancel, smaller(left_ms, TOKEN_LOOK_MS)))
			return true;
		if (accesstoken_take_new(&p->token))
			break;
		left_ms -= TOKEN_LOOK_MS;
	}
	return false;
}

static void tell_of_token(struct poller *p)
{
	if (accesstoken_tell(&p->token, clock_wall_ms()))
		poller_queue_all(p->options.shared, p->options.queue);
}

static void *poller_main(void *arg)
{
	struct poller *p = arg;

	while (!wait_for_poll(p)) {
		poll_once(p);
		tell_of_token(p);
	}
	return NULL;
}

err_t poller_start(const struct poller_options *options, struct poller **out)
{
	struct poller *p = MEM_NEW(struct poller);
	err_t e;

	p->options = *options;
	e = op_client_new(options->connect, options->observer, &p->connect);
	if (e) {
		mem_free(p);
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
	poll_once(p);
	tell_of_token(p);
	sync_thread_start(&p->thread, "poller", poller_main, p);
	*out = p;
	return NULL;
}

void poller_join(struct poller *p)
{
	if (!p)
		return;
	sync_thread_join(p->thread);
	op_client_free(p->connect);
	mem_free(p);
}
