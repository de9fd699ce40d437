#ifndef KUBE_WATCH_H
#define KUBE_WATCH_H

#include "json/json.h"

/* One line of a watch: {"type":"ADDED","object":{…}}. */
enum watch_type { WATCH_ADDED, WATCH_MODIFIED, WATCH_DELETED, WATCH_BOOKMARK };

#define WATCH_VERSION_SIZE 129

struct watch_event {
	enum watch_type type;
	struct jsonx *doc;
	const struct jsonx *object;       /* part of doc */
	char version[WATCH_VERSION_SIZE]; /* the collection's resourceVersion after the event */
};
void watch_event_release(struct watch_event *e); /* for CLEANUP */

/* kind: of the objects ("PartialObjectMetadata" …). An event of type ERROR is returned as the error that it
 * carries (ERR_GONE, ERR_THROTTLED …); what is no event of such objects is ERR_PROTOCOL. */
err_t watch_event_parse(const char *line, size_t len, const char *kind, struct watch_event *out) NODISCARD;

#endif
