#include "connect/call.h"

#include <string.h>

#define METRICS_MAX ((size_t)4 << 20)

err_t handle_heartbeat(struct call *c)
{
	return call_text(c, "text/plain; charset=utf-8", ".", 1);
}

/* Always 200, as clients and probes of the original expect; the states tell. */
err_t handle_health(struct call *c)
{
	CLEANUP(err_freep) err_t e = vault_store_check(c->connect->options.store);
	struct jsonw w;

	call_json(c, &w);
	jsonw_object(&w);
	jsonw_kstr(&w, "name", "1Password Connect API");
	jsonw_kstr(&w, "version", CONNECT_API_VERSION);
	jsonw_karray(&w, "dependencies");
	jsonw_object(&w);
	jsonw_kstr(&w, "service", "sqlite");
	jsonw_kstr(&w, "status", e ? "ERROR" : "ACTIVE");
	jsonw_kstr(&w, "message",
		   e ? "The database does not answer; the log says why" : "Connected to the database");
	jsonw_end_object(&w);
	jsonw_end_array(&w);
	jsonw_end_object(&w);
	return jsonw_done(&w);
}

/* For probes that go by the status, which /health may not tell. */
err_t handle_ready(struct call *c)
{
	CLEANUP(err_freep) err_t e = vault_store_check(c->connect->options.store);

	if (e)
		return err_new(ERR_UNAVAILABLE, "the database does not answer: %s", err_text(e));
	return call_text(c, "text/plain; charset=utf-8", "ok\n", 3);
}

static bool is_loopback(const char *peer)
{
	return str_has_prefix(peer, "127.") || streq(peer, "::1") || str_has_prefix(peer, "::ffff:127.");
}

/* Open to this machine, else for any valid token: rates and counts are nobody else's business. */
err_t handle_metrics(struct call *c)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	if (!c->connect->options.metrics)
		return err_new(ERR_NOT_FOUND, "404 page not found");
	if (!is_loopback(c->req->peer))
		TRY_(call_authenticate(c));
	strbuf_init(&text, METRICS_MAX);
	metrics_render(c->connect->options.metrics, &text);
	TRY_(strbuf_check(&text, "metrics"));
	return call_text(c, "text/plain; version=0.0.4; charset=utf-8", text.p, text.len);
}
