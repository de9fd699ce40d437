#include "config/nearest.h"

#include "base/near.h"

const char *config_nearest(const struct config_option *options, size_t n, const char *name)
{
	struct near near = {.like = name, .max = 1, .limit = near_limit(name)};

	for (size_t i = 0; i < n; i++)
		if (options[i].flag)
			near_add(&near, options[i].flag);
	return near.n ? near.v[0].name : NULL;
}
