#include "kube/status.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An answer of any bytes and code gives an error with a text that fits into a log line. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	CLEANUP(http_response_release)
	struct http_response r = {
		.status = 400 + data[0] % 200,
		.body = secret_from(data + 1, size - 1),
	};

	for (int quote = STATUS_QUOTE; quote <= STATUS_QUOTE_SAFE; quote++) {
		CLEANUP(err_freep) err_t e = kube_status_error(&r, (enum status_quote)quote);

		if (!e || strlen(err_text(e)) > 600 || strpbrk(err_text(e), "\r\n\x1b"))
			abort();
	}
	return 0;
}
