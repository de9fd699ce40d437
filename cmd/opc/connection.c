#include "opc.h"

#include <stdio.h>

const char *const formats[] = {"human-readable", "json", NULL};
const char *const encodings[] = {"utf-8", NULL};

static void tell(void *arg, const char *route, int code, int64_t duration_ns)
{
	(void)arg;
	fprintf(stderr, "[DEBUG] %s: status %d in %lld ms\n", route, code,
		(long long)(duration_ns / NS_PER_MS));
}

err_t connection_open(const struct connection_settings *c, struct lookup **out)
{
	const struct op_observer observer = {.done = tell};

	return lookup_new(c->host, c->token, c->debug ? &observer : NULL, out);
}

bool connection_wants_json(const struct connection_settings *c)
{
	return streq(c->format, "json");
}
