#include "operator/restart.h"

#include "base/mem.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ANNOTATION_MAX (256u << 10) /* Kubernetes' limit of all annotations together */

/* Whatever somebody writes into the annotation, what is read of it is written and read again the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text CLEANUP(mem_freep) = mem_strndup((const char *)data, size);
	struct strbuf written CLEANUP(strbuf_release) = {0};
	struct restarted r, again;
	err_t e CLEANUP(err_freep) = NULL;

	strbuf_init(&written, ANNOTATION_MAX);
	restarted_parse(text, &r);
	if (r.n > RESTARTED_MAX)
		abort();
	e = restarted_format(&r, &written);
	if (!e) {
		restarted_parse(written.p, &again);
		if (again.n != r.n || again.all_ms != r.all_ms)
			abort();
		for (size_t i = 0; i < r.n; i++)
			if (!streq(again.v[i].uid, r.v[i].uid) || again.v[i].at_ms != r.v[i].at_ms)
				abort();
		restarted_release(&again);
	}
	restarted_release(&r);
	return 0;
}
