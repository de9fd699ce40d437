#include "unused.h"

#include "base/log.h"
#include "base/str.h"

#include <stdlib.h>

#define NAMES_MAX 256

void log_unused_variables(void)
{
	static const struct logger log = {.name = "main"};
	static const char *const names[] = {
		"OP_SYNC_TIMEOUT",        "OP_BUS_PORT",          "OP_BUS_PEERS",          "OP_TLS_DOMAIN",
		"OP_PROFILER_OUTPUT_DIR", "OP_PROFILER_INTERVAL", "OP_PROFILER_KEEP_LAST",
	};
	CLEANUP(strbuf_release) struct strbuf set = {0};

	strbuf_init(&set, NAMES_MAX);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (getenv(names[i]))
			strbuf_addf(&set, "%s%s", set.len ? ", " : "", names[i]);
	}
	if (set.len)
		log_info(&log, "variables of 1Password's server that mean nothing here",
			 F_STR("names", set.p));
}
