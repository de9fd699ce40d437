#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever comes in, what goes out is short enough, valid and free of controls. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t max = size > 0 ? data[0] : 0;
	CLEANUP(mem_freep) char *text = mem_strndup((const char *)data, size);
	CLEANUP(strbuf_release) struct strbuf out;
	uint32_t code = 0;

	strbuf_init(&out, 1000);
	str_add_printable(&out, text, max);
	if (out.len > max || !str_is_utf8(out.p, out.len))
		abort();
	for (size_t i = 0; i < out.len;) {
		i += utf8_decode(out.p + i, out.len - i, &code);
		if (utf8_is_control(code))
			abort();
	}
	const size_t cut = utf8_cut(text, size, max);
	if (cut > max || cut > size || (str_is_utf8(text, size) && !str_is_utf8(text, cut)))
		abort();
	return 0;
}
