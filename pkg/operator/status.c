#include "operator/status.h"

#include "base/clock.h"

const char *status_reason(enum status_stage stage, const struct err *e)
{
	if (!e)
		return "Synced";
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

static bool item_is_current(const struct onepassworditem_status *have, const struct status_want *want)
{
	return !want->item_path ||
	       (streq(have->item_path, want->item_path) && have->item_version == want->item_version);
}

bool status_is_current(const struct onepassworditem *item, const struct status_want *want, bool with_all)
{
	const struct onepassworditem_status *have = &item->status;

	if (!streq(have->ready, ready_text(want->ready)) ||
	    !streq(have->message ? have->message : "", want->message))
		return false;
	return !with_all || (streq(have->reason, want->reason) && item_is_current(have, want) &&
			     (!want->force_sync || streq(have->force_sync, want->force_sync)) &&
			     have->observed_generation == item->o.meta.generation &&
			     have->condition_generation == item->o.meta.generation);
}

static void write_condition(struct jsonw *w, const struct onepassworditem *item,
			    const struct status_want *want, int64_t now_ms)
{
	const bool same = streq(item->status.ready, ready_text(want->ready)) && item->status.transition;
	char now[CLOCK_RFC3339_SIZE];

	clock_format_rfc3339(now_ms, 0, now);
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

err_t status_write(const struct onepassworditem *item, const struct status_want *want, int64_t now_ms,
		   struct strbuf *out)
{
	const char *path = want->item_path ? want->item_path : item->status.item_path;
	const int64_t version = want->item_path ? want->item_version : item->status.item_version;
	struct jsonw w;

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
	write_condition(&w, item, want, now_ms);
	jsonw_end_array(&w);
	jsonw_kint(&w, "observedGeneration", item->o.meta.generation);
	if (path) {
		jsonw_kstr(&w, "itemPath", path);
		jsonw_kint(&w, "itemVersion", version);
	}
	if (want->force_sync)
		jsonw_kstr(&w, "forceSync", want->force_sync);
	jsonw_end_object(&w);
	jsonw_end_object(&w);
	return jsonw_done(&w);
}
