#include "session.h"

#include "base/file.h"
#include "base/mem.h"
#include "settings.h"
#include "json/jsonw.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define SESSION_MAX 16384

/* NULL without a folder for it. Two URLs may come to the same file, which names the one that it is for.
 * Caller frees. */
static char *path_of(const struct connection_settings *c, const char *url)
{
	CLEANUP(mem_freep) char *folder = settings_folder(c);
	CLEANUP(mem_freep) char *name = mem_strdup(url);

	for (char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && *p != '.' && *p != '-')
			*p = '_';
	return folder ? mem_printf("%s/session-%s.json", folder, name) : NULL;
}

err_t session_keep(const struct connection_settings *c, const char *url, const char *token)
{
	CLEANUP(mem_freep) char *folder = settings_folder(c);
	CLEANUP(mem_freep) char *path = path_of(c, url);
	CLEANUP(secret_freep) struct secret *text = secret_new(SESSION_MAX);
	struct jsonw w;

	if (!path)
		return err_new(ERR_INVALID,
			       "--config names a folder for the session: there is no HOME; --raw "
			       "prints it instead");
	jsonw_init_secret(&w, text);
	jsonw_object(&w);
	jsonw_kstr(&w, "url", url);
	jsonw_kstr(&w, "token", token);
	jsonw_end_object(&w);
	TRY_(jsonw_done(&w));
	TRY_(secret_add(text, "\n", 1));
	TRY_(file_make_folder(folder, 0700));
	return file_write_atomic(path, secret_bytes(text), secret_len(text), 0600);
}

err_t session_find(const struct connection_settings *c, const char *url, struct secret **out)
{
	CLEANUP(mem_freep) char *path = path_of(c, url);
	CLEANUP(secret_freep) struct secret *text = NULL;
	CLEANUP(jsonx_freep) struct jsonx *doc = NULL;

	if (!path || access(path, F_OK) != 0)
		return NULL;
	TRY_(settings_read_private("session", path, SESSION_MAX, &text));
	TRY(jsonx_parse(secret_bytes(text), secret_len(text), &doc), "session %s", path);
	if (streq(text_of(doc, "url"), url) && !str_empty(text_of(doc, "token")))
		*out = secret_from_str(text_of(doc, "token"));
	return NULL;
}

err_t session_forget(const struct connection_settings *c, const char *url)
{
	CLEANUP(mem_freep) char *path = path_of(c, url);

	if (path && unlink(path) != 0 && errno != ENOENT)
		return err_new(ERR_UNAVAILABLE, "%s: %m", path);
	return NULL;
}
