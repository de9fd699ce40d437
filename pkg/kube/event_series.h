#ifndef KUBE_EVENT_SERIES_H
#define KUBE_EVENT_SERIES_H

#include "base/def.h"

/* Which events are written, which are counted up in one that exists, and which are too many. Pure. */
struct event_history;

#define EVENT_BURST 25
#define EVENT_REFILL_S 300
#define EVENT_OBJECTS_MAX 4096
#define EVENT_SERIES_MAX 1024
#define EVENT_NAME_SIZE 254

/* Equal events of one object. */
struct event_series {
	char name[EVENT_NAME_SIZE]; /* of the Event; "": it has to be made */
	int64_t count;
	int64_t first_wall_ms;
};

struct event_history *event_history_new(void);
void event_history_free(struct event_history *h);

/* Counts one event of an object that reads `text` (all that makes two events equal). NULL: too many of that
 * object. Borrowed until the next call. */
struct event_series *event_history_count(struct event_history *h, const char *object, const char *text,
					 int64_t now_ns, int64_t wall_ms);

/* "<object>.<16 hex digits>", a valid name also for the longest object names. */
void event_name_format(const char *object, uint64_t number, char out[EVENT_NAME_SIZE]);

#endif
