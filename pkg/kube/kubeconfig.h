#ifndef KUBE_KUBECONFIG_H
#define KUBE_KUBECONFIG_H

#include "kube/settings.h"

/* The text of one kubeconfig file; relative paths in it are relative to the folder of path. */
struct kubeconfig_file {
	const char *path;
	const char *text;
	size_t len;
};

#define KUBECONFIG_FILES_MAX 32
#define KUBECONFIG_BYTES_MAX (1u << 20) /* of one file */

/* The context named, or with NULL the current one, of several files read as one: the first file that sets
 * current-context, or has an entry of a name, wins. Errors are ERR_INVALID and name file, entry and field.
 * Reads no file. n: 1 to KUBECONFIG_FILES_MAX. An exec plugin is read, not run. */
err_t kubeconfig_resolve(const struct kubeconfig_file *files, size_t n, const char *named,
			 struct kube_settings *out) NODISCARD;

#endif
