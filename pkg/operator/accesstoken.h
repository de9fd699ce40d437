#ifndef OPERATOR_ACCESSTOKEN_H
#define OPERATOR_ACCESSTOKEN_H

#include "operator/shared.h"

/* The access token for Connect: the file that it may come from, and the announcement of its end. Of one
 * thread. */
struct accesstoken {
	struct shared *shared;
	struct op_endpoint *connect;
	const char *path;          /* NULL or "": it does not change */
	const char *pod_namespace; /* whom an Event tells of its end; */
	const char *pod_name;      /* NULL or "": nobody */

	int64_t expiry_s;   /* 0: it does not say */
	int64_t tell_at_ms; /* when its end is told of next; wall clock */
	bool unread;        /* the file could not be read, which has been told */
};

/* The file's token. The error names the file. */
err_t accesstoken_read(const char *path, struct secret **out) NODISCARD;

/* Reads from the token in use when it ends. */
void accesstoken_note(struct accesstoken *t);

/* True when there is another token in the file now: it is in use, and what was known by the old one is
 * forgotten. A file that can't be read, or is empty for the moment, changes nothing. */
bool accesstoken_take_new(struct accesstoken *t);

/* Tells of an end that is near: in the log and by an Event once a day, and in shared for the statuses. True
 * when what statuses have to say has changed. */
bool accesstoken_tell(struct accesstoken *t, int64_t now_ms);

#endif
