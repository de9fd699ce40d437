#include "base/crypto.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What decodes is the only encoding of its bytes, in both alphabets. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	CLEANUP(secret_freep) struct secret *standard = secret_new(size);
	CLEANUP(secret_freep) struct secret *again = secret_new(size);
	CLEANUP(err_freep) err_t e = secret_add_base64_decoded(standard, text, size);

	if (!e && (secret_add_base64(again, secret_bytes(standard), secret_len(standard)) ||
		   secret_len(again) != size || !secret_bytes_eq(secret_bytes(again), text, size)))
		abort();

	CLEANUP(secret_freep) struct secret *url = secret_new(size);
	CLEANUP(strbuf_release) struct strbuf url_again;
	CLEANUP(err_freep) err_t url_e = crypto_base64url_decode(text, size, url);
	strbuf_init(&url_again, size);
	if (!url_e) {
		crypto_base64url(secret_bytes(url), secret_len(url), &url_again);
		if (url_again.len != size || memcmp(url_again.p, text, size) != 0)
			abort();
	}
	return 0;
}
