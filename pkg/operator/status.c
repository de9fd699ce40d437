#include "operator/status.h"

#include "base/clock.h"
#include "base/mem.h"
#include "operator/memo.h"

#include <stdio.h>

const char *status_reason(enum status_stage stage, const struct err *e)
{
	if (!e)
		return "Synced";
	if (stage == STATUS_STAGE_CONTEST)
		return "Contested";
	if (stage == STATUS_STAGE_SECRET)
		return err_is(e, ERR_EXISTS) ? "SecretExists" : "SecretWriteFailed";
	switch (err_kind(e)) {
	case ERR_INVALID:
	case ERR_TOO_LARGE:
		return "Invalid";
	case ERR_NOT_FOUND:
		return "ItemNotFound";
	case ERR_DENIED:
		return "AccessDenied";
	case ERR_THROTTLED:
		return "RateLimited";
	case ERR_UNAVAILABLE:
	case ERR_TIMEOUT:
		return "ConnectUnavailable";
	case ERR_EXISTS:
	case ERR_CONFLICT:
	case ERR_GONE:
	case ERR_CANCELED:
	case ERR_PROTOCOL:
	case ERR_INTERNAL:
		break;
	}
	return "ConnectError";
}

void status_message(enum status_stage stage, const struct err *e, struct strbuf *out)
{
	if (stage == STATUS_STAGE_CONNECT)
		strbuf_adds(out, "failed to retrieve item: ");
	if (stage == STATUS_STAGE_SECRET && !err_is(e, ERR_INVALID) && !err_is(e, ERR_EXISTS))
		strbuf_adds(out, "kubernetes secret update failed: ");
	str_add_printable(out, err_text(e), ERR_TEXT_MAX);
}

static const char *ready_text(bool ready)
{
	return ready ? "True" : "False";
}

#define TOKEN_MESSAGE_SIZE 128

/* "" while there is nothing to say. */
static void token_message(const struct status_want *want, char out[TOKEN_MESSAGE_SIZE])
{
	char when[CLOCK_RFC3339_SIZE];

	*out = '\0';
	if (!want->token_ends_s)
		return;
	clock_format_rfc3339(want->token_ends_s * 1000, 0, when);
	snprintf(out, TOKEN_MESSAGE_SIZE,
		 "the access token for Connect ends at %s: give the operator a new one", when);
}

static bool token_is_current(const struct onepassworditem_status *have, const struct status_want *want)
{
	char message[TOKEN_MESSAGE_SIZE];

	token_message(want, message);
	return streq(have->token_message ? have->token_message : "", message);
}

static bool item_is_current(const struct onepassworditem_status *have, const struct status_want *want)
{
	return !want->item_path ||
	       (streq(have->item_path, want->item_path) && have->item_version == want->item_version);
}

/* Nothing gets better before a person has changed something in the cluster: what kstatus, and so Flux, takes
 * as failed. While Ready alone is False it waits, as an item may be made any moment. */
static bool is_stalled(const struct status_want *want)
{
	return streq(want->reason, "Invalid") || streq(want->reason, "SecretExists");
}

bool status_is_current(const struct onepassworditem *item, const struct status_want *want, bool with_all)
{
	const struct onepassworditem_status *have = &item->status;

	if (!streq(have->ready, ready_text(want->ready)) ||
	    !streq(have->message ? have->message : "", want->message) || !token_is_current(have, want) ||
	    have->stalled != is_stalled(want))
		return false;
	return !with_all ||
	       (!want->wrote && streq(have->reason, want->reason) && item_is_current(have, want) &&
		(!want->force_sync || streq(have->force_sync, want->force_sync)) &&
		have->observed_generation == item->o.meta.generation &&
		have->condition_generation == item->o.meta.generation);
}

uint64_t status_mark(const struct onepassworditem *item, const struct status_want *want)
{
	char *text CLEANUP(mem_freep) =
		mem_printf("%s %lld %s %lld %s %lld %d %s", want->reason, (long long)item->o.meta.generation,
			   want->item_path ? want->item_path : "", (long long)want->item_version,
			   want->force_sync ? want->force_sync : "", (long long)want->token_ends_s,
			   want->ready, want->message);

	return memo_mark(text);
}

static void write_condition(struct jsonw *w, const struct onepassworditem *item,
			    const struct status_want *want, const char *now)
{
	const bool same = streq(item->status.ready, ready_text(want->ready)) && item->status.transition;

	jsonw_object(w);
	jsonw_kstr(w, "type", "Ready");
	jsonw_kstr(w, "status", ready_text(want->ready));
	jsonw_kstr(w, "reason", want->reason);
	/* An empty one replaces a message of another manager's, which would stay beside Ready=True. */
	if (*want->message || !str_empty(item->status.message))
		jsonw_kstr(w, "message", want->message);
	jsonw_kstr(w, "lastTransitionTime", same ? item->status.transition : now);
	jsonw_kint(w, "observedGeneration", item->o.meta.generation);
	jsonw_end_object(w);
}

static void write_stalled_condition(struct jsonw *w, const struct onepassworditem *item,
				    const struct status_want *want, const char *now)
{
	const char *since = item->status.stalled_transition;

	if (!is_stalled(want))
		return;
	jsonw_object(w);
	jsonw_kstr(w, "type", "Stalled");
	jsonw_kstr(w, "status", "True");
	jsonw_kstr(w, "reason", want->reason);
	jsonw_kstr(w, "message", want->message);
	jsonw_kstr(w, "lastTransitionTime", since ? since : now);
	jsonw_kint(w, "observedGeneration", item->o.meta.generation);
	jsonw_end_object(w);
}

/* Beside Ready, because what is there works as long as the token does. */
static void write_token_condition(struct jsonw *w, const struct onepassworditem *item,
				  const struct status_want *want, const char *now)
{
	const char *since = item->status.token_transition;
	char message[TOKEN_MESSAGE_SIZE];

	if (!want->token_ends_s)
		return;
	token_message(want, message);
	jsonw_object(w);
	jsonw_kstr(w, "type", "TokenExpiring");
	jsonw_kstr(w, "status", "True");
	jsonw_kstr(w, "reason", "ConnectTokenEndsSoon");
	jsonw_kstr(w, "message", message);
	jsonw_kstr(w, "lastTransitionTime", since ? since : now);
	jsonw_kint(w, "observedGeneration", item->o.meta.generation);
	jsonw_end_object(w);
}

static void write_keys(struct jsonw *w, const struct strv *keys)
{
	jsonw_karray(w, "keys");
	for (size_t i = 0; i < keys->n && i < STATUS_KEYS_MAX; i++)
		jsonw_str(w, keys->v[i]);
	jsonw_end_array(w);
}

err_t status_write(const struct onepassworditem *item, const struct status_want *want, int64_t now_ms,
		   struct strbuf *out)
{
	const char *path = want->item_path ? want->item_path : item->status.item_path;
	const int64_t version = want->item_path ? want->item_version : item->status.item_version;
	char now[CLOCK_RFC3339_SIZE];
	struct jsonw w;

	clock_format_rfc3339(now_ms, 0, now);
	jsonw_init_str(&w, out);
	jsonw_object(&w);
	jsonw_kstr(&w, "apiVersion", "onepassword.com/v1");
	jsonw_kstr(&w, "kind", onepassworditem_resource.kind);
	jsonw_kobject(&w, "metadata");
	jsonw_kstr(&w, "name", item->o.meta.name);
	jsonw_kstr(&w, "namespace", item->o.meta.namespace);
	jsonw_kstr(&w, "uid", item->o.meta.uid);
	jsonw_end_object(&w);
	jsonw_kobject(&w, "status");
	jsonw_karray(&w, "conditions");
	write_condition(&w, item, want, now);
	write_stalled_condition(&w, item, want, now);
	write_token_condition(&w, item, want, now);
	jsonw_end_array(&w);
	jsonw_kint(&w, "observedGeneration", item->o.meta.generation);
	if (path) {
		jsonw_kstr(&w, "itemPath", path);
		jsonw_kint(&w, "itemVersion", version);
	}
	if (want->keys) {
		jsonw_kstr(&w, "lastSyncTime", now);
		write_keys(&w, want->keys);
	}
	if (want->force_sync)
		jsonw_kstr(&w, "forceSync", want->force_sync);
	jsonw_end_object(&w);
	jsonw_end_object(&w);
	return jsonw_done(&w);
}
