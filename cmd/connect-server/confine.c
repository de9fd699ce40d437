#include "confine.h"

#include "base/confine.h"
#include "base/confine_files.h"
#include "base/log.h"
#include "base/mem.h"

#include <libgen.h>
#include <limits.h>
#include <stdlib.h>

static const struct logger main_log = {.name = "main"};

/* A certificate is renewed by a new file beside it, or beside what it links to. */
static void add_folders_of(const char *file, struct strv *out)
{
	char real[PATH_MAX] = "";
	const char *const paths[] = {file, realpath(file, real)};

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		if (str_empty(paths[i]))
			continue;
		CLEANUP(mem_freep) char *copy = mem_strdup(paths[i]);
		const char *folder = dirname(copy);

		if (!strv_has(out, folder))
			strv_add(out, folder);
	}
}

err_t confine_to_files(const struct place_settings *place, const char *cert_file, const char *key_file)
{
	CLEANUP(strv_release) struct strv readable = {0};
	CLEANUP(mem_freep) char *data = place_data(place);

	add_folders_of(cert_file, &readable);
	add_folders_of(key_file, &readable);
	CLEANUP(err_freep) err_t e = process_confine_files(data, &readable);
	if (!err_is(e, ERR_UNAVAILABLE))
		return TAKE(e);
	log_warn(&main_log, "the kernel has no Landlock: files of others stay within the server's reach",
		 F_ERR(e));
	return NULL;
}

void confine_calls(void)
{
	CLEANUP(err_freep) err_t e = process_confine();

	if (e)
		log_warn(&main_log, "the kernel does not let the process confine itself", F_ERR(e));
}
