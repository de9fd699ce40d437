#include "base/cancel.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/sync.h"
#include "connect/call.h"
#include "connect/rest.h"

#include <string.h>

#define PATH "/connect-server/v1/changes"

static struct answer ask(struct rest *t, const struct secret *token, const char *cursor, int wait_s)
{
	CLEANUP(mem_freep) char *path = mem_printf(PATH "?cursor=%s&wait=%d", cursor, wait_s);

	return rest_call(t, token, "GET", path, NULL);
}

static void take_cursor(struct rest *t, const struct secret *token, char out[40])
{
	CLEANUP(answer_release) struct answer a = rest_call(t, token, "GET", PATH, NULL);

	CHECK_INT(a.status, 200);
	CHECK_INT(strlen(jsonx_get_str(a.json, "cursor")), 32);
	(void)strcpy(out, jsonx_get_str(a.json, "cursor"));
}

TEST(changes, a_cursor_names_the_state_of_what_the_token_may_read)
{
	CLEANUP(rest_release) struct rest t;
	char first[40], same[40], other[40], writer[40], id[OBJECT_ID_SIZE];

	rest_init(&t);
	take_cursor(&t, t.r, first);
	take_cursor(&t, t.rw, same);
	CHECK_STR(first, same);
	take_cursor(&t, t.w, writer); /* may read nothing, and hears of nothing */
	rest_create(&t, "one", id);
	take_cursor(&t, t.r, other);
	CHECK(!streq(first, other));
	take_cursor(&t, t.w, same);
	CHECK_STR(writer, same);

	CLEANUP(answer_release) struct answer a = ask(&t, t.r, first, 25);
	const struct jsonx *vault = jsonx_at(jsonx_get(a.json, "vaults"), 0);
	CHECK_STR(jsonx_get_str(a.json, "cursor"), other);
	CHECK_INT(jsonx_len(jsonx_get(a.json, "vaults")), 1);
	CHECK_STR(jsonx_get_str(vault, "id"), t.vault_id);
	CHECK(jsonx_get_int(vault, "contentVersion", 0) > 1);
}

TEST(changes, of_a_vault_out_of_scope_are_not_heard_of)
{
	CLEANUP(rest_release) struct rest t;
	CLEANUP(secret_freep) struct secret *foreign = NULL;
	struct vault_grant grant = {.rights = VAULT_READ | VAULT_WRITE};
	char before[40], after[40], id[OBJECT_ID_SIZE];

	rest_init(&t);
	take_cursor(&t, t.r, before);
	object_id_set(grant.vault_id, t.foreign_id);
	CHECK_OK(vault_admin_create_token(t.admin, "foreign", 0, &grant, 1, id, &foreign));
	CLEANUP(mem_freep) char *path = mem_printf("/v1/vaults/%s/items", t.foreign_id);
	CLEANUP(answer_release)
	struct answer a = rest_call(&t, foreign, "POST", path, "{\"title\":\"x\",\"category\":\"LOGIN\"}");
	CHECK_INT(a.status, 200);
	take_cursor(&t, t.r, after);
	CHECK_STR(before, after);
}

struct waiter {
	struct rest *t;
	const struct secret *token; /* NULL: r */
	const char *cursor;
	struct answer answer;
};

static void *wait_main(void *arg)
{
	struct waiter *w = arg;

	w->answer = ask(w->t, w->token ? w->token : w->t->r, w->cursor, 25);
	return NULL;
}

static void until_waiting(struct rest *t, size_t n)
{
	while (waiting_count(t->connect->waiting) != n)
		(void)cancel_sleep_ms(NULL, 1);
}

TEST(changes, one_that_waits_is_woken_by_a_write)
{
	CLEANUP(rest_release) struct rest t;
	struct waiter w = {.t = &t};
	char cursor[40], id[OBJECT_ID_SIZE];
	pthread_t thread;

	rest_init(&t);
	take_cursor(&t, t.r, cursor);
	w.cursor = cursor;
	const int64_t begin_ns = clock_now_ns(NULL);
	sync_thread_start(&thread, "waiter", wait_main, &w);
	until_waiting(&t, 1);
	rest_create(&t, "one", id);
	sync_thread_join(thread);
	CHECK_INT(w.answer.status, 200);
	CHECK(!streq(jsonx_get_str(w.answer.json, "cursor"), cursor));
	CHECK(clock_now_ns(NULL) - begin_ns < 20 * NS_PER_S);
	answer_release(&w.answer);
}

TEST(changes, one_that_waits_is_let_go_when_the_server_stops)
{
	CLEANUP(rest_release) struct rest t;
	struct waiter w = {.t = &t};
	char cursor[40];
	pthread_t thread;

	rest_init(&t);
	take_cursor(&t, t.r, cursor);
	w.cursor = cursor;
	sync_thread_start(&thread, "waiter", wait_main, &w);
	until_waiting(&t, 1);
	connect_stop_waiting(t.connect);
	sync_thread_join(thread);
	CHECK_INT(w.answer.status, 200);
	CHECK_STR(jsonx_get_str(w.answer.json, "cursor"), cursor);
	answer_release(&w.answer);
}

TEST(changes, more_than_may_wait_are_sent_away_and_may_still_look)
{
	CLEANUP(rest_release) struct rest t;
	struct waiter waiters[2] = {{.t = &t}, {.t = &t}};
	pthread_t threads[2];
	char cursor[40];

	rest_init(&t);
	take_cursor(&t, t.r, cursor);
	for (size_t i = 0; i < ARRAY_LEN(waiters); i++) {
		waiters[i].cursor = cursor;
		waiters[i].token = i == 0 ? t.r : t.rw;
		sync_thread_start(&threads[i], "waiter", wait_main, &waiters[i]);
	}
	until_waiting(&t, 2);
	CLEANUP(answer_release) struct answer a = ask(&t, t.w, cursor, 1);
	check_error(&a, 429, "too many clients wait for changes already; ask again later, or with wait=0");
	CHECK(strstr(a.head, "Retry-After: 5"));
	CLEANUP(answer_release) struct answer b = ask(&t, t.r, cursor, 0);
	CHECK_INT(b.status, 200);
	connect_stop_waiting(t.connect);
	for (size_t i = 0; i < ARRAY_LEN(waiters); i++) {
		sync_thread_join(threads[i]);
		answer_release(&waiters[i].answer);
	}
}

TEST(changes, as_an_event_goes_on_where_the_client_was)
{
	CLEANUP(rest_release) struct rest t;
	char cursor[40], id[OBJECT_ID_SIZE];
	CLEANUP(mem_freep) char *headers = NULL;

	rest_init(&t);
	take_cursor(&t, t.r, cursor);
	headers = mem_printf("Accept: text/event-stream\r\nLast-Event-ID: %s\r\n", cursor);
	CLEANUP(answer_release)
	struct answer a = rest_call_with(&t, t.r, "GET", PATH "?wait=0", headers, NULL, 0);
	CHECK_STR(a.body, "retry: 1000\n: nothing has changed\n\n");
	rest_create(&t, "one", id);
	CLEANUP(answer_release) struct answer b = rest_call_with(&t, t.r, "GET", PATH, headers, NULL, 0);
	take_cursor(&t, t.r, cursor);
	CLEANUP(mem_freep)
	char *want =
		mem_printf("retry: 1000\nid: %s\nevent: changes\ndata: {\"cursor\":\"%s\",", cursor, cursor);
	CHECK(str_has_prefix(b.body, want));
	CHECK(strstr(b.head, "text/event-stream"));
	CHECK_STR(b.body + b.body_len - 4, "]}\n\n");
}

TEST(changes, the_wait_has_a_ceiling_and_a_token_is_needed)
{
	CLEANUP(rest_release) struct rest t;

	rest_init(&t);
	CLEANUP(answer_release) struct answer a = ask(&t, t.r, "x", 26);
	check_error(&a, 400, "wait must be a whole number of seconds from 0 to 25");
	CLEANUP(answer_release) struct answer b = rest_call(&t, NULL, "GET", PATH, NULL);
	CHECK_INT(b.status, 401);
	CHECK_INT(err_live(), 0);
}
