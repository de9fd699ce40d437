#include "opc/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len);

static const char *variable(void *arg, const char *name)
{
	(void)arg;
	return name[0] == 'V' ? "op://v/i/f" : NULL;
}

static err_t secret(void *arg, const char *reference, struct secret *out)
{
	(void)arg;
	return secret_add(out, reference, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	const struct template_source source = {.variable = variable, .secret = secret};
	struct secret *text = secret_from(p, len), *out = secret_new(TEMPLATE_MAX);

	err_free(template_render(secret_bytes(text), len, &source, out));
	secret_free(text);
	secret_free(out);
	return 0;
}
