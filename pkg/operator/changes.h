#ifndef OPERATOR_CHANGES_H
#define OPERATOR_CHANGES_H

#include "operator/shared.h"

/* Which keys are to be reconciled when an object changes. Each state that a store takes is told here once: by
 * the watch that brought it, or by the writer to whom the server answered it, because after that the watch
 * has nothing new to bring. */

/* For reflectors. old NULL: it was not known; now NULL: it is gone. */
void changes_named(struct shared *s, const struct kobj *old, const struct kobj *now); /* resource, Secret */
void changes_workload(struct shared *s, const struct kobj *old, const struct kobj *now);
void changes_namespace(struct shared *s, const struct kobj *old, const struct kobj *now);

/* For a writer of that object: takes the answer *now into the store. A patch goes on top of whatever somebody
 * else has written since we looked: what differs besides our own fields brings the keys again. */
void changes_note_item(struct shared *s, struct kobj **now);
void changes_note_workload(struct shared *s, struct kobj **now);

#endif
