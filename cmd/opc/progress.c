#include "progress.h"

#include "base/clock.h"

#include <stdio.h>
#include <unistd.h>

#define EVERY_MS 100

static int64_t shown_ns; /* when the line was written; 0: there is none */

void progress_show(size_t done, const char *what, bool prints)
{
	const int64_t now = clock_now_ns(NULL);

	if (!isatty(STDERR_FILENO) || (prints && isatty(STDOUT_FILENO)))
		return;
	if (shown_ns != 0 && now - shown_ns < EVERY_MS * NS_PER_MS)
		return;
	shown_ns = now;
	fprintf(stderr, "\r\033[K%zu %s", done, what);
}

void progress_clear(void)
{
	if (shown_ns != 0)
		fprintf(stderr, "\r\033[K");
	shown_ns = 0;
}
