#include "operator/poller.h"

#include "base/log.h"
#include "base/mem.h"
#include "operator/workload.h"

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
#define TOKEN_MAX 65536
/* How long before its end a token is told of, and how often. */
#define TOKEN_SOON_S INT64_C(7 * 86400)
#define TOKEN_TELL_MS INT64_C(86400000)

struct poller {
	struct poller_options options;
	struct op_client *connect;
	pthread_t thread;
	int64_t polls, failures;
	int64_t failing_since_ns; /* the first of these failures */
	int64_t asked_ms;         /* how long Connect wants not to be asked */
	int64_t token_expiry_s;   /* 0: it does not say */
	int64_t tell_at_ms;       /* when the token's end is told of next; wall clock */
	bool token_unread;        /* the file could not be read, which has been told */
};

static const struct logger log_poll = {.name = "poll"};

static void queue_item_keys(struct shared *s, struct workqueue *q)
{
	struct kobj_list all CLEANUP(kobj_list_release) = {0};
	char key[KUBE_KEY_SIZE];

	kstore_all(s->items, &all);
	for (size_t i = 0; i < all.n; i++) {
		kube_key_format(all.v[i]->meta.namespace, all.v[i]->meta.name, key);
		workqueue_add(q, key, WORKQUEUE_ROUTINE);
	}
}

static void queue_workload_keys(struct shared *s, struct workqueue *q)
{
	struct kobj_list all CLEANUP(kobj_list_release) = {0};
	char key[KUBE_KEY_SIZE];

	workloads_all(&s->workloads, &all);
	for (size_t i = 0; i < all.n; i++) {
		const struct workload *w = (const struct workload *)all.v[i];

		for (size_t k = 0; k < w->n_requests; k++) {
			kube_key_format(w->o.meta.namespace, w->requests[k].secret_name, key);
			workqueue_add(q, key, WORKQUEUE_ROUTINE);
		}
	}
}

void poller_queue_all(struct shared *s, struct workqueue *q)
{
	queue_item_keys(s, q);
	queue_workload_keys(s, q);
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

err_t poller_read_token(const char *path, struct secret **out)
{
	CLEANUP(secret_freep) struct secret *token = NULL;

	TRY(secret_read_file(path, TOKEN_MAX, &token), "OP_CONNECT_TOKEN_FILE");
	if (secret_len(token) == 0)
		return err_new(ERR_INVALID, "OP_CONNECT_TOKEN_FILE: %s is empty", path);
	*out = TAKE(token);
	return NULL;
}

static void note_token(struct poller *p)
{
	p->token_expiry_s = 0;
	p->tell_at_ms = 0;
	(void)op_endpoint_token_expiry(p->options.connect, &p->token_expiry_s);
	metric_set(p->options.shared->token_expiry, METRIC_NO_LABELS, (double)p->token_expiry_s);
}

/* True when there is another token now. A file that can't be read, or is empty for the moment, changes
 * nothing. */
static bool take_new_token(struct poller *p)
{
	CLEANUP(secret_freep) struct secret *token = NULL;
	CLEANUP(err_freep) err_t e = poller_read_token(p->options.token_file, &token);

	if (e) {
		if (!p->token_unread)
			log_warn(&log_poll, "cannot read the token again; the old one stays in use",
				 F_ERR(e));
		p->token_unread = true;
		return false;
	}
	p->token_unread = false;
	if (!op_endpoint_set_token(p->options.connect, token))
		return false;
	note_token(p);
	catalog_clear(p->options.shared->catalog);
	log_info(&log_poll, "a new token is in use", F_STR("path", p->options.token_file));
	return true;
}

static void tell_of_expiry(struct poller *p)
{
	const int64_t now_ms = clock_wall_ms();
	const int64_t left_s = p->token_expiry_s - now_ms / 1000;

	if (!p->token_expiry_s || left_s > TOKEN_SOON_S || now_ms < p->tell_at_ms)
		return;
	p->tell_at_ms = now_ms + TOKEN_TELL_MS;
	log_warn(&log_poll,
		 left_s > 0 ? "the access token for Connect ends soon: give the operator a new one"
			    : "the access token for Connect has ended: give the operator a new one",
		 F_INT("daysLeft", left_s > 0 ? left_s / 86400 : 0));
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

	if (str_empty(p->options.token_file))
		return cancel_sleep_ms(p->options.cancel, left_ms);
	while (left_ms > 0) {
		if (cancel_sleep_ms(p->options.cancel, smaller(left_ms, TOKEN_LOOK_MS)))
			return true;
		if (take_new_token(p))
			break;
		left_ms -= TOKEN_LOOK_MS;
	}
	return false;
}

static void *poller_main(void *arg)
{
	struct poller *p = arg;

	while (!wait_for_poll(p)) {
		poll_once(p);
		tell_of_expiry(p);
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
	note_token(p);
	poll_once(p);
	tell_of_expiry(p);
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
