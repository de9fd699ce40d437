#include "kube/watch.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A line of a watch is an event with object and version, or an error. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(watch_event_release) struct watch_event event = {0};
	CLEANUP(secret_freep) struct secret *line = secret_from(data, size);
	CLEANUP(err_freep) err_t e = watch_event_parse(secret_bytes(line), size, "Secret", &event);

	if (e ? event.doc != NULL : !event.object || !event.version[0])
		abort();
	return 0;
}
