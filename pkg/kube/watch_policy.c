#include "kube/watch_policy.h"

/* A watch that lasted that long was open: what ended it is a new failure. */
#define OPEN_MS 5000

bool watch_end_is_too_short(const struct watch_end *end)
{
	return end->kind == 0 && end->events == 0 && end->lasted_ms < WATCH_TOO_SHORT_MS;
}

static bool is_failing_for_long(struct watch_policy *p, const struct watch_end *end, int64_t now_ns)
{
	if (p->failing_since_ns == 0 || end->lasted_ms >= OPEN_MS)
		p->failing_since_ns = now_ns;
	return now_ns - p->failing_since_ns >= WATCH_FAILING_MAX_MS * NS_PER_MS;
}

bool watch_policy_end(struct watch_policy *p, const struct watch_end *end, int64_t now_ns)
{
	if (end->events > 0 || end->kind == 0)
		*p = (struct watch_policy){0};
	if (end->kind == 0)
		return false;
	switch ((enum err_kind)end->kind) {
	case ERR_CANCELED:
	case ERR_THROTTLED:
		return false;
	case ERR_TIMEOUT:
		return ++p->silent >= 2;
	case ERR_UNAVAILABLE:
		return is_failing_for_long(p, end, now_ns);
	case ERR_INVALID:
	case ERR_NOT_FOUND:
	case ERR_EXISTS:
	case ERR_CONFLICT:
	case ERR_DENIED:
	case ERR_GONE:
	case ERR_TOO_LARGE:
	case ERR_PROTOCOL:
	case ERR_INTERNAL:
		break;
	}
	return true;
}
