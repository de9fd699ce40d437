#include "onepassword/keyname.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LOWER "abcdefghijklmnopqrstuvwxyz0123456789-."
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"

/* A name must stay the same when it is made again. */
static void check(char *(*name)(const char *in), const char *in, const char *allowed)
{
	CLEANUP(mem_freep) char *once = name(in);
	CLEANUP(mem_freep) char *twice = name(once);

	if (strcmp(once, twice) != 0 || strlen(once) > 253 || strspn(once, allowed) != strlen(once))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(mem_freep) char *text = mem_strndup((const char *)data, size);
	CLEANUP(mem_freep) char *key = keyname_for_label(text);

	check(keyname_for_label, text, LOWER UPPER);
	check(keyname_for_secret, text, LOWER);
	if (strcmp(key, ".") == 0 || strncmp(key, "..", 2) == 0)
		abort();
	return 0;
}
