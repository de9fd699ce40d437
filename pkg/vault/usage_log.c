#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "vault/store_private.h"
#include "vault/usage_row.h"

struct usage_log {
	struct vault_store *store;
	pthread_mutex_t write_mutex; /* held by the one that writes; before `mutex` */
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct usage_row *pending; /* of USAGE_PENDING_MAX */
	size_t n;
	bool stopping;
	pthread_t writer;
};

static NODISCARD err_t append_all(struct vault_store *s, struct usage_row *rows, size_t n)
{
	CLEANUP(tx_end) struct tx t = {0};
	/* One write for each token, of its newest row. */
	CLEANUP(map_freep) struct map *newest = map_new(NULL);
	const char *token_id = NULL;
	void *row = NULL;

	TRY_(tx_begin(s, true, &t));
	t.only_log = true;
	for (size_t i = 0; i < n; i++) {
		TRY_(usage_row_append(&t, &rows[i]));
		if (!streq(rows[i].action, "ADMIN") && !str_empty(rows[i].actor_id))
			map_set(newest, rows[i].actor_id, &rows[i]);
	}
	for (size_t i = 0; map_next(newest, &i, &token_id, &row);)
		TRY_(usage_row_note_use(&t, row));
	return tx_commit(&t);
}

/* *out has the rows, in an array that the caller frees. */
static size_t take_pending(struct usage_log *l, struct usage_row **out)
{
	SYNC_SCOPE(&l->mutex);
	const size_t n = l->n;

	*out = mem_dup(l->pending, n * sizeof(**out));
	l->n = 0;
	return n;
}

/* In front of those that came meanwhile; what has no room there is lost, which the log tells. */
static size_t put_back(struct usage_log *l, struct usage_row *rows, size_t n)
{
	SYNC_SCOPE(&l->mutex);
	const size_t room = USAGE_PENDING_MAX - l->n, kept = n < room ? n : room;

	for (size_t i = l->n; i-- > 0;)
		l->pending[kept + i] = l->pending[i];
	for (size_t i = 0; i < kept; i++)
		l->pending[i] = rows[i];
	l->n += kept;
	for (size_t i = kept; i < n; i++)
		usage_row_release(&rows[i]);
	return n - kept;
}

err_t usage_log_flush(struct usage_log *l)
{
	SYNC_SCOPE(&l->write_mutex);
	CLEANUP(mem_freep) struct usage_row *rows = NULL;
	const size_t n = take_pending(l, &rows);

	if (n == 0)
		return NULL;
	err_t e = append_all(l->store, rows, n);
	if (e) {
		const size_t lost = put_back(l, rows, n);

		return lost ? err_wrap(e, "%zu rows of the usage log are lost", lost) : e;
	}
	for (size_t i = 0; i < n; i++)
		usage_row_release(&rows[i]);
	return NULL;
}

static void flush_and_tell(struct usage_log *l)
{
	static const struct logger log = {.name = "usage"};
	CLEANUP(err_freep) err_t e = usage_log_flush(l);

	if (e)
		log_error(&log, "usage log not written", F_ERR(e));
}

/* Waits for a first row, then a little for more. False: it is time to end. */
static bool wait_for_rows(struct usage_log *l)
{
	SYNC_SCOPE(&l->mutex);

	while (l->n == 0 && !l->stopping)
		sync_cond_wait(&l->changed, &l->mutex);
	const int64_t deadline_ns = clock_now_ns(NULL) + USAGE_DELAY_MS * NS_PER_MS;
	while (!l->stopping && l->n < USAGE_PENDING_MAX / 2) {
		if (!sync_cond_wait_until(&l->changed, &l->mutex, deadline_ns))
			break;
	}
	return !l->stopping;
}

static void *write_rows(void *arg)
{
	struct usage_log *l = arg;

	while (wait_for_rows(l))
		flush_and_tell(l);
	flush_and_tell(l);
	return NULL;
}

struct usage_log *usage_log_new(struct vault_store *s)
{
	struct usage_log *l = MEM_NEW(struct usage_log);

	l->store = s;
	l->pending = mem_calloc(USAGE_PENDING_MAX, sizeof(*l->pending));
	sync_mutex_init(&l->write_mutex);
	sync_mutex_init(&l->mutex);
	sync_cond_init(&l->changed);
	sync_thread_start(&l->writer, "usage", write_rows, l);
	return l;
}

static void stop(struct usage_log *l)
{
	SYNC_SCOPE(&l->mutex);

	l->stopping = true;
	(void)pthread_cond_signal(&l->changed);
}

void usage_log_free(struct usage_log *l)
{
	if (!l)
		return;
	stop(l);
	sync_thread_join(l->writer);
	for (size_t i = 0; i < l->n; i++)
		usage_row_release(&l->pending[i]);
	mem_free(l->pending);
	sync_cond_destroy(&l->changed);
	sync_mutex_destroy(&l->mutex);
	sync_mutex_destroy(&l->write_mutex);
	mem_free(l);
}

static bool add(struct usage_log *l, struct usage_row *row)
{
	SYNC_SCOPE(&l->mutex);

	if (l->n == USAGE_PENDING_MAX)
		return false;
	l->pending[l->n++] = *row;
	*row = (struct usage_row){0};
	/* The writer sleeps until there is a first one, then only until there are many. */
	if (l->n == 1 || l->n == USAGE_PENDING_MAX / 2)
		(void)pthread_cond_signal(&l->changed);
	return true;
}

void usage_log_add(struct usage_log *l, struct usage_row *row)
{
	if (add(l, row))
		return;
	flush_and_tell(l);
	if (!add(l, row))
		usage_row_release(row);
}
