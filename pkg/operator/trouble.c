#include "operator/trouble.h"

#include "base/clock.h"
#include "base/str.h"

#include <stdio.h>

void trouble_init(struct trouble *t)
{
	*t = (struct trouble){0};
	sync_mutex_init(&t->mutex);
}

void trouble_release(struct trouble *t)
{
	sync_mutex_destroy(&t->mutex);
}

static bool is_away(enum err_kind kind)
{
	return kind == ERR_UNAVAILABLE || kind == ERR_TIMEOUT;
}

/* A server that rolls, or two of which one is sick, says it in other words each time. */
static bool is_the_same(const struct trouble *t, const struct err *e)
{
	if (is_away(t->kind) && is_away(err_kind(e)))
		return true;
	return t->kind == err_kind(e) && streq(t->text, err_text(e));
}

bool trouble_set(struct trouble *t, const struct err *e)
{
	SYNC_SCOPE(&t->mutex);
	const bool news = e ? !is_the_same(t, e) : t->kind != 0;

	t->retry_at_ns = 0;
	if (e && err_retry_after_ms(e) > 0)
		t->retry_at_ns = clock_now_ns(NULL) + err_retry_after_ms(e) * NS_PER_MS;
	if (!news)
		return false;
	t->kind = e ? err_kind(e) : (enum err_kind)0;
	snprintf(t->text, sizeof(t->text), "%s", e ? err_text(e) : "");
	return true;
}

void trouble_on_suspicion(struct trouble *t, void (*look)(void *arg), void *arg)
{
	SYNC_SCOPE(&t->mutex);
	t->look = look;
	t->look_arg = arg;
}

void trouble_suspect(struct trouble *t, const struct err *e)
{
	const int64_t now_ns = clock_now_ns(NULL);

	if (!e || !(is_away(err_kind(e)) || err_is(e, ERR_THROTTLED)))
		return;
	SYNC_SCOPE(&t->mutex);
	if (t->kind || !t->look ||
	    (t->suspected_ns && now_ns - t->suspected_ns < TROUBLE_SUSPECT_MS * NS_PER_MS))
		return;
	t->suspected_ns = now_ns;
	t->look(t->look_arg);
}

err_t trouble_get(struct trouble *t)
{
	SYNC_SCOPE(&t->mutex);
	const int64_t left_ms = t->retry_at_ns ? (t->retry_at_ns - clock_now_ns(NULL)) / NS_PER_MS : 0;
	err_t e;

	if (!t->kind)
		return NULL;
	e = err_new(t->kind, "%s", t->text);
	if (left_ms > 0)
		err_set_retry_after_ms(e, left_ms);
	return e;
}
