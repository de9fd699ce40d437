#include "operator/accesstoken.h"

#include "base/clock.h"
#include "base/log.h"
#include "metrics/metrics.h"

#include <stdio.h>

#define TOKEN_MAX 65536
/* How long before its end a token is told of, and how often. */
#define SOON_S INT64_C(7 * 86400)
#define TELL_MS INT64_C(86400000)

static const struct logger log_token = {.name = "token"};
static const struct kube_resource pods = {
	.group = "", .version = "v1", .plural = "pods", .kind = "Pod", .namespaced = true};

err_t accesstoken_read(const char *path, struct secret **out)
{
	CLEANUP(secret_freep) struct secret *token = NULL;

	TRY(secret_read_file(path, TOKEN_MAX, &token), "OP_CONNECT_TOKEN_FILE");
	if (secret_len(token) == 0)
		return err_new(ERR_INVALID, "OP_CONNECT_TOKEN_FILE: %s is empty", path);
	*out = TAKE(token);
	return NULL;
}

void accesstoken_note(struct accesstoken *t)
{
	t->expiry_s = 0;
	t->tell_at_ms = 0;
	(void)op_endpoint_token_expiry(t->connect, &t->expiry_s);
	metric_set(t->shared->token_expiry, METRIC_NO_LABELS, (double)t->expiry_s);
}

bool accesstoken_take_new(struct accesstoken *t)
{
	CLEANUP(secret_freep) struct secret *token = NULL;
	CLEANUP(err_freep) err_t e = accesstoken_read(t->path, &token);

	if (e) {
		if (!t->unread)
			log_warn(&log_token, "cannot read the token again; the old one stays in use",
				 F_ERR(e));
		t->unread = true;
		return false;
	}
	t->unread = false;
	if (!op_endpoint_set_token(t->connect, token))
		return false;
	accesstoken_note(t);
	catalog_clear(t->shared->catalog);
	log_info(&log_token, "a new token is in use", F_STR("path", t->path));
	return true;
}

static void tell_people(const struct accesstoken *t, int64_t left_s)
{
	const struct event_about about = {&pods, t->pod_namespace, t->pod_name, ""};
	char message[128];

	log_warn(&log_token,
		 left_s > 0 ? "the access token for Connect ends soon: give the operator a new one"
			    : "the access token for Connect has ended: give the operator a new one",
		 F_INT("daysLeft", left_s > 0 ? left_s / 86400 : 0));
	if (str_empty(t->pod_name) || str_empty(t->pod_namespace))
		return;
	snprintf(message, sizeof(message),
		 "the access token for Connect ends in %lld days: give the operator a new one",
		 (long long)(left_s > 0 ? left_s / 86400 : 0));
	event_record(t->shared->events, &about, "Warning", "TokenExpiring", message);
}

bool accesstoken_tell(struct accesstoken *t, int64_t now_ms)
{
	const int64_t left_s = t->expiry_s - now_ms / 1000;
	const bool soon = t->expiry_s && left_s <= SOON_S;
	const int64_t ends_s = soon ? t->expiry_s : 0;

	if (soon && now_ms >= t->tell_at_ms) {
		t->tell_at_ms = now_ms + TELL_MS;
		tell_people(t, left_s);
	}
	return atomic_exchange(&t->shared->token_ends_s, ends_s) != ends_s;
}
