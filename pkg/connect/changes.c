#include "base/clock.h"
#include "base/mem.h"
#include "connect/call.h"
#include "connect/state.h"

#define WAIT_MAX_S 25
/* Other processes write too (connect-server token, vault), and nobody wakes us then. */
#define LOOK_MS 1000

static err_t wait_of(const struct call *c, int64_t otherwise_s, int64_t *out_s)
{
	CLEANUP(mem_freep) char *text = router_query(c->req->query, "wait");

	*out_s = otherwise_s;
	if (text && !str_to_int(text, 0, WAIT_MAX_S, out_s))
		return err_new(ERR_INVALID, "wait must be a whole number of seconds from 0 to %d",
			       WAIT_MAX_S);
	return NULL;
}

static err_t enter(struct call *c)
{
	if (waiting_enter(c->connect->waiting, vault_access_token_id(c->access))) {
		http_reply_waits(c->reply, true);
		return NULL;
	}
	http_reply_header(c->reply, "Retry-After", "5");
	return call_fail(c, 429,
			 "too many clients wait for changes already; ask again later, or with wait=0");
}

static void leave(struct call *c)
{
	http_reply_waits(c->reply, false);
	waiting_leave(c->connect->waiting, vault_access_token_id(c->access));
}

/* Until the state is another one than cursor, or the time is over. */
static err_t look_until(struct call *c, const char *cursor, int64_t deadline_ns, struct vault_infos *out,
			char now[STATE_SIZE])
{
	struct vault_store *store = c->connect->options.store;

	for (;;) {
		CLEANUP(err_freep) err_t e = NULL;
		const int64_t seen = vault_store_sequence(store);
		const int64_t look_ns = clock_now_ns(NULL) + LOOK_MS * NS_PER_MS;

		vault_infos_release(out);
		e = vault_list(store, c->access, out);
		if (e && !err_is(e, ERR_PROTOCOL))
			return TAKE(e);
		state_of(out, now);
		if (!streq(now, cursor) || clock_now_ns(NULL) >= deadline_ns ||
		    waiting_is_stopped(c->connect->waiting))
			return call_without_damage(c, out->n > 0, TAKE(e));
		vault_store_wait(store, seen, look_ns < deadline_ns ? look_ns : deadline_ns);
	}
}

static NODISCARD err_t write_state(struct jsonw *w, const char *cursor, const struct vault_infos *vaults)
{
	jsonw_object(w);
	jsonw_kstr(w, "cursor", cursor);
	jsonw_karray(w, "vaults");
	for (size_t i = 0; i < vaults->n; i++) {
		jsonw_object(w);
		jsonw_kstr(w, "id", vaults->v[i].id);
		jsonw_kint(w, "attributeVersion", vaults->v[i].attribute_version);
		jsonw_kint(w, "contentVersion", vaults->v[i].content_version);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
	jsonw_end_object(w);
	return jsonw_done(w);
}

static NODISCARD err_t write_event(struct call *c, bool changed, const char *now,
				   const struct vault_infos *vaults)
{
	static const char again[] = "retry: 1000\n", nothing[] = ": nothing has changed\n\n", end[] = "\n\n";
	CLEANUP(mem_freep) char *event = mem_printf("id: %s\nevent: changes\ndata: ", now);
	struct secret *body = http_reply_body(c->reply);
	struct jsonw w;

	TRY_(call_text(c, "text/event-stream", again, sizeof(again) - 1));
	if (!changed)
		return secret_add(body, nothing, sizeof(nothing) - 1);
	TRY_(secret_add(body, event, strlen(event)));
	jsonw_init_secret(&w, body);
	TRY_(write_state(&w, now, vaults));
	return secret_add(body, end, sizeof(end) - 1);
}

/* Long poll; or, for who accepts text/event-stream, server-sent events of which each answer has one at most:
 * the client comes again by itself and tells with Last-Event-ID where it was
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html). Either way a cursor names a state, not a
 * place in a log, so nothing can have been forgotten when a client comes back late. */
err_t handle_changes(struct call *c)
{
	const bool events = str_has_prefix(c->req->accept, "text/event-stream");
	CLEANUP(mem_freep) char *query = router_query(c->req->query, "cursor");
	CLEANUP(vault_infos_release) struct vault_infos vaults = {0};
	const char *cursor = c->req->last_event_id;
	char now[STATE_SIZE] = "";
	int64_t wait_s;
	struct jsonw w;
	err_t e;

	if (str_empty(cursor))
		cursor = query ? query : "";
	TRY_(call_authenticate(c));
	TRY_(wait_of(c, events ? WAIT_MAX_S : 0, &wait_s));
	if (wait_s > 0)
		TRY_(enter(c));
	e = look_until(c, cursor, clock_now_ns(NULL) + wait_s * NS_PER_S, &vaults, now);
	if (wait_s > 0)
		leave(c);
	TRY_(e);
	if (events)
		return write_event(c, !streq(now, cursor), now, &vaults);
	call_json(c, &w);
	return write_state(&w, now, &vaults);
}

void connect_stop_waiting(struct connect *c)
{
	waiting_stop(c->waiting);
	vault_store_wake(c->options.store);
}
