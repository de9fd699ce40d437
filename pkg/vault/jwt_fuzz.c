#include "vault/jwt.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(mem_freep) char *text = mem_strndup((const char *)data, size);
	CLEANUP(jwt_release) struct jwt j = {0};
	CLEANUP(err_freep) err_t e = jwt_parse(text, &j);

	if (e ? !err_is(e, ERR_DENIED) : !object_id_is_valid(j.token_id) || j.signed_len >= strlen(text))
		abort();
	return 0;
}
