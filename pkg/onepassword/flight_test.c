#include "onepassword/flight.h"

#include "base/clock.h"
#include "base/sync.h"
#include "base/test.h"

#define LONG_MS (60 * 1000)

static int64_t in_ms(int64_t ms)
{
	return clock_now_ns(NULL) + ms * NS_PER_MS;
}

TEST(flight, first_one_leads_and_so_does_the_next_after_its_end)
{
	struct flight f;
	bool lead = false;

	flight_init(&f);
	for (int i = 0; i < 2; i++) {
		lead = false;
		CHECK_OK(flight_board(&f, NULL, in_ms(LONG_MS), &lead));
		CHECK(lead);
		flight_land(&f, NULL);
	}
	flight_release(&f);
}

struct passenger {
	struct flight *f;
	struct cancel *cancel;
	pthread_t thread;
	err_t e;
	bool lead;
};

static void *ride(void *arg)
{
	struct passenger *p = arg;

	p->e = flight_board(p->f, p->cancel, in_ms(LONG_MS), &p->lead);
	if (!p->e && p->lead)
		flight_land(p->f, NULL);
	return NULL;
}

/* One that boards after the landing leads a flight of its own, so pause_ms makes sharing likely. */
static void ride_all(const struct err *e, struct passenger *v, size_t n, int64_t pause_ms)
{
	CLEANUP(cancel_freep) struct cancel *never = cancel_new(NULL);
	struct flight f;
	bool lead = false;

	flight_init(&f);
	CHECK_OK(flight_board(&f, NULL, in_ms(LONG_MS), &lead));
	for (size_t i = 0; i < n; i++) {
		v[i] = (struct passenger){.f = &f};
		sync_thread_start(&v[i].thread, "passenger", ride, &v[i]);
	}
	(void)cancel_sleep_ms(never, pause_ms);
	flight_land(&f, e);
	for (size_t i = 0; i < n; i++)
		sync_thread_join(v[i].thread);
	flight_release(&f);
}

TEST(flight, others_share_its_error)
{
	struct passenger v[8];
	size_t shared = 0;
	CLEANUP(err_freep) err_t e = err_new(ERR_THROTTLED, "slow down");

	err_set_retry_after_ms(e, 7);
	for (int64_t pause_ms = 1; shared == 0 && pause_ms < LONG_MS; pause_ms *= 2) {
		ride_all(e, v, ARRAY_LEN(v), pause_ms);
		for (size_t i = 0; i < ARRAY_LEN(v); i++) {
			if (!v[i].e)
				continue;
			shared++;
			CHECK(err_is(v[i].e, ERR_THROTTLED));
			CHECK_STR(err_text(v[i].e), "slow down");
			CHECK_INT(err_retry_after_ms(v[i].e), 7);
			err_free(v[i].e);
		}
	}
	CHECK(shared > 0);
}

TEST(flight, others_do_not_share_a_leaders_cancel)
{
	struct passenger v[8];
	size_t waited = 0;
	CLEANUP(err_freep) err_t e = err_new(ERR_CANCELED, "canceled");

	for (int64_t pause_ms = 1; waited == 0 && pause_ms < LONG_MS; pause_ms *= 2) {
		ride_all(e, v, ARRAY_LEN(v), pause_ms);
		for (size_t i = 0; i < ARRAY_LEN(v); i++) {
			CHECK_OK(v[i].e);
			waited += !v[i].lead;
		}
	}
	CHECK(waited > 0);
}

TEST(flight, wait_ends_at_the_deadline)
{
	struct flight f;
	bool lead = false;

	flight_init(&f);
	CHECK_OK(flight_board(&f, NULL, in_ms(LONG_MS), &lead));
	CHECK_ERR(flight_board(&f, NULL, in_ms(5), &lead), ERR_TIMEOUT);
	CHECK_ERR(flight_board(&f, NULL, in_ms(-5), &lead), ERR_TIMEOUT);
	flight_land(&f, NULL);
	flight_release(&f);
}

TEST(flight, wait_ends_with_a_cancel)
{
	struct flight f;
	struct passenger p = {.f = &f, .cancel = cancel_new(NULL)};
	bool lead = false;

	flight_init(&f);
	CHECK_OK(flight_board(&f, NULL, in_ms(LONG_MS), &lead));
	sync_thread_start(&p.thread, "passenger", ride, &p);
	cancel_set(p.cancel);
	sync_thread_join(p.thread);
	CHECK_ERR(p.e, ERR_CANCELED);
	flight_land(&f, NULL);
	flight_release(&f);
	cancel_free(p.cancel);
}

TEST(flight, no_error_is_left)
{
	CHECK_INT(err_live(), 0);
}
