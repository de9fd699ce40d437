#include "onepassword/flight.h"

#include "base/sync.h"

void flight_init(struct flight *f)
{
	*f = (struct flight){0};
	sync_mutex_init(&f->mutex);
	sync_cond_init(&f->landed);
}

void flight_release(struct flight *f)
{
	err_free(f->failed);
	sync_cond_destroy(&f->landed);
	sync_mutex_destroy(&f->mutex);
}

static void wake(void *arg)
{
	struct flight *f = arg;

	SYNC_SCOPE(&f->mutex);
	(void)pthread_cond_broadcast(&f->landed);
}

/* Either the flight is the caller's now, or one that was in the air has landed. */
static NODISCARD err_t board(struct flight *f, const struct cancel *cancel, int64_t deadline_ns,
			     bool *out_lead)
{
	SYNC_SCOPE(&f->mutex);
	const uint64_t landings = f->landings;

	if (!f->in_air) {
		f->in_air = true;
		*out_lead = true;
		return NULL;
	}
	while (f->landings == landings) {
		if (cancel_is_set(cancel))
			return err_new(ERR_CANCELED, "canceled");
		if (!sync_cond_wait_until(&f->landed, &f->mutex, deadline_ns) && f->landings == landings)
			return err_new(ERR_TIMEOUT, "another thread still waits for the same answer");
	}
	*out_lead = false;
	return err_dup(f->failed);
}

err_t flight_board(struct flight *f, struct cancel *cancel, int64_t deadline_ns, bool *out_lead)
{
	struct cancel_hook hook = {.wake = wake, .arg = f};
	err_t e;

	/* Outside of the mutex, which wake takes. */
	cancel_hook(cancel, &hook);
	e = board(f, cancel, deadline_ns, out_lead);
	cancel_unhook(cancel, &hook);
	return e;
}

void flight_land(struct flight *f, const struct err *e)
{
	SYNC_SCOPE(&f->mutex);
	err_free(f->failed);
	f->failed = err_is(e, ERR_CANCELED) ? NULL : err_dup(e);
	f->in_air = false;
	f->landings++;
	(void)pthread_cond_broadcast(&f->landed);
}
