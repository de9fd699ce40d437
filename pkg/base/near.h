#ifndef BASE_NEAR_H
#define BASE_NEAR_H

#include "base/def.h"

/* Names that somebody who wrote another one may have meant. */

/* How many letters, without regard to case, to insert, delete or replace; SIZE_MAX for names longer than 64
 * bytes. */
size_t near_distance(const char *a, const char *b);

/* A third of the letters wrong is still a typing error, more is another word. */
size_t near_limit(const char *name);

/* Those that are spelled most like `like`, nearest first, each once. Set like, max and limit, then add. */
#define NEAR_MAX 10
struct near {
	const char *like;
	size_t max;   /* so many are kept; at most NEAR_MAX */
	size_t limit; /* what is farther away is left out; SIZE_MAX: nothing is */
	struct {
		const char *name; /* borrowed */
		size_t distance;
	} v[NEAR_MAX];
	size_t n;
};
void near_add(struct near *near, const char *name);

#endif
