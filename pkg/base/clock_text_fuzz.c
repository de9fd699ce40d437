#include "base/clock.h"
#include "base/mem.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A time that was read is written in a form that reads as the same time, as far as years have four digits. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(mem_freep) char *text = mem_strndup((const char *)data, size);
	char written[CLOCK_RFC3339_SIZE];
	int64_t ms = 0, again = 0;

	if (!clock_parse_rfc3339(text, &ms) && !clock_parse_http_date(text, &ms))
		return 0;
	clock_format_rfc3339(ms, 3, written);
	if (!clock_parse_rfc3339(written, &again))
		abort();
	/* An offset can lead out of the years 0000 to 9999. */
	if (again != ms && ms >= INT64_C(-62167219200000) && ms <= INT64_C(253402300799999))
		abort();
	return 0;
}
