#include "base/mem.h"
#include "base/str.h"

#include <inttypes.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A duration that was read is the same as its number of nanoseconds. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(mem_freep) char *text = mem_strndup((const char *)data, size);
	int64_t ns = 0, again = 0;

	if (!str_to_duration_ns(text, &ns))
		return 0;
	CLEANUP(mem_freep) char *written = mem_printf("%" PRId64 "ns", ns);
	if (!str_to_duration_ns(written, &again) || again != ns)
		abort();
	return 0;
}
