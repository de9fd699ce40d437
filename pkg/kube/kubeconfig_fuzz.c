#include "kube/kubeconfig.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Two files in one input, parted by a NUL. What is accepted has a server. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(kube_settings_release) struct kube_settings s = {0};
	CLEANUP(secret_freep) struct secret *text = secret_from(data, size);
	const char *p = secret_bytes(text);
	const size_t first = strlen(p);
	const size_t rest = size > first ? size - first - 1 : 0;
	const struct kubeconfig_file files[] = {
		{"/home/me/.kube/config", p, first},
		{"second", p + (size - rest), rest},
	};
	CLEANUP(err_freep) err_t e = kubeconfig_resolve(files, rest > 0 ? 2 : 1, NULL, &s);

	if (e ? !err_is(e, ERR_INVALID) && !err_is(e, ERR_TOO_LARGE) : !s.server || !*s.server)
		abort();
	return 0;
}
