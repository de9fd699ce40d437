#include "base/clock.h"

#include <time.h>

static int64_t read_ns(clockid_t id)
{
	struct timespec t = {0};

	(void)clock_gettime(id, &t); /* these clocks exist on every Linux that we run on */
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

static int64_t system_now_ns(void *arg)
{
	(void)arg;
	return read_ns(CLOCK_BOOTTIME);
}

const struct clock clock_system = {.now_ns = system_now_ns};

int64_t clock_now_ns(const struct clock *c)
{
	if (!c)
		c = &clock_system;
	return c->now_ns(c->arg);
}

int64_t clock_wall_ms(void)
{
	return read_ns(CLOCK_REALTIME) / NS_PER_MS;
}
