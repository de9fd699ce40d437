#ifndef ONEPASSWORD_FLIGHT_H
#define ONEPASSWORD_FLIGHT_H

#include "base/cancel.h"
#include "base/err.h"

#include <pthread.h>

/* One request for all threads that want the same answer at the same time: the first one makes it, the others
 * wait for its end. */
struct flight {
	pthread_mutex_t mutex;
	pthread_cond_t landed;
	bool in_air;
	uint64_t landings;
	err_t failed; /* of the last one; NULL when it was fine or was given up */
};

void flight_init(struct flight *f);
void flight_release(struct flight *f);

/* *out_lead: nobody is at it, so the caller must do it and then call flight_land. Else somebody else did it
 * meanwhile: the result is theirs, a failure's too; when they gave up (ERR_CANCELED), it is NULL and the
 * answer is still missing. ERR_TIMEOUT when they are at it past the deadline (clock.h's time). */
err_t flight_board(struct flight *f, struct cancel *cancel, int64_t deadline_ns, bool *out_lead) NODISCARD;

/* e: the leader's error or NULL; borrowed. */
void flight_land(struct flight *f, const struct err *e);

#endif
