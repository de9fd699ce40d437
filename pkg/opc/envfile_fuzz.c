#include "opc/envfile.h"

#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len);

static const char *variable(void *arg, const char *name)
{
	(void)arg;
	return name[0] == 'V' ? "value" : NULL;
}

static err_t set(void *arg, const char *name, const char *value)
{
	(void)arg;
	(void)name;
	(void)value;
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	const struct envfile_source source = {.variable = variable, .set = set};
	char *text = mem_strndup((const char *)p, len);

	err_free(envfile_parse(text, &source));
	mem_free(text);
	return 0;
}
