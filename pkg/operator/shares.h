#ifndef OPERATOR_SHARES_H
#define OPERATOR_SHARES_H

#include "base/def.h"

/* Who comes first when namespaces want the same turns and places: the one that has had less. Nothing is kept
 * free for a namespace that does not wait, so one alone may have all. Not thread-safe. */
struct shares;

struct shares *shares_new(void);
void shares_free(struct shares *s);

/* In that namespace so many Secrets and workloads more, or fewer, wait for their turn. What waits counts
 * until until_ns, or the latest of such calls: whoever does not come back holds up nobody. 0: none waits on
 * account of this one. */
struct shares_change {
	int secrets;
	int64_t workloads;
	int64_t until_ns;
};
void shares_wait(struct shares *s, const char *namespace, const struct shares_change *change, int64_t now_ns);

/* So many Secrets of that namespace wait, and so many namespaces. */
size_t shares_secrets(const struct shares *s, const char *namespace);
size_t shares_namespaces(const struct shares *s);

/* One workload of that namespace more, or one fewer, has a place. */
void shares_note_places(struct shares *s, const char *namespace, int change, int64_t now_ns);
/* One has had its turn. Who neither waits nor has places is not remembered. */
void shares_note_turn(struct shares *s, const char *namespace);

/* So many of the free turns and places are for others that wait and have had less than this namespace. It may
 * be ahead by so many turns, so that few go by unused while the others are on their way. */
struct shares_claims {
	int64_t turns, places;
};
struct shares_claims shares_of_others(const struct shares *s, const char *namespace, int64_t ahead,
				      int64_t now_ns);

#endif
