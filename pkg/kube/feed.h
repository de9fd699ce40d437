#ifndef KUBE_FEED_H
#define KUBE_FEED_H

#include "base/map.h"
#include "kube/reflector.h"
#include "kube/watch.h"

/* Brings lists and events into a store, without I/O. An object that cannot be decoded is skipped: what is
 * known of it stays. */

/* The objects of a list while it comes in. Release with feed_list_release. */
struct feed_list {
	const struct reflector_options *options;
	struct map *objects; /* key -> what pack.h keeps of a struct kobj; NULL for those that were skipped */
	size_t skipped;
};
void feed_list_init(struct feed_list *l, const struct reflector_options *options);
void feed_list_release(struct feed_list *l);
err_t feed_list_add(struct feed_list *l, const struct jsonx *object) NODISCARD;

/* Makes the store equal to the whole list, which is empty then. What has gone meanwhile is reported as
 * deleted. reset: the server's history went back, so that older versions count. */
void feed_list_apply(struct feed_list *l, const char *version, bool reset);

/* One event; bookmarks change nothing. *skipped is set when the object was skipped. */
err_t feed_event(const struct reflector_options *options, const struct watch_event *event, bool *skipped)
	NODISCARD;

#endif
