#include "settings.h"

#include "base/file.h"
#include "base/mem.h"
#include "yaml/yamlx.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "opc.yaml"

static const char *variable(const char *name)
{
	return getenv(name); /* NOLINT(concurrency-mt-unsafe): one thread */
}

char *settings_folder(const struct connection_settings *c)
{
	const char *xdg = variable("XDG_CONFIG_HOME"), *home = variable("HOME");

	if (!str_empty(c->config))
		return mem_strdup(c->config);
	if (!str_empty(xdg))
		return mem_printf("%s/opc", xdg);
	return str_empty(home) ? NULL : mem_printf("%s/.config/opc", home);
}

/* What others may read may be somebody else's already. */
static NODISCARD err_t check_private(const char *what, const char *path, int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_new(ERR_UNAVAILABLE, "%s %s: %m", what, path);
	if (S_ISREG(st.st_mode) && (st.st_mode & 077))
		return err_new(ERR_DENIED, "%s %s can be read by others: chmod 600 it", what, path);
	if (S_ISREG(st.st_mode) && st.st_uid != geteuid() && st.st_uid != 0)
		return err_new(ERR_DENIED, "%s %s belongs to somebody else", what, path);
	return NULL;
}

static NODISCARD err_t read_fd(int fd, size_t max, struct secret **out)
{
	CLEANUP(mem_freep) char *path = mem_printf("/proc/self/fd/%d", fd);

	return secret_read_file(path, max, out);
}

err_t settings_read_private(const char *what, const char *path, size_t max, struct secret **out)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	err_t e;

	if (fd < 0)
		return err_new(ERR_NOT_FOUND, "%s %s: %m", what, path);
	e = check_private(what, path, fd);
	if (!e)
		e = err_wrap(read_fd(fd, max, out), "%s %s", what, path);
	(void)close(fd);
	return e;
}

static NODISCARD err_t load_file(const char *path, struct contexts *out)
{
	CLEANUP(secret_freep) struct secret *text = NULL;
	CLEANUP(jsonx_freep) struct jsonx *doc = NULL;

	TRY_(settings_read_private("configuration", path, CONTEXTS_BYTES_MAX, &text));
	TRY(yamlx_parse(secret_bytes(text), secret_len(text), &doc), "configuration %s", path);
	return err_wrap(contexts_parse(doc, out), "configuration %s", path);
}

err_t settings_load(const struct connection_settings *c, struct contexts *out)
{
	CLEANUP(mem_freep) char *folder = settings_folder(c);
	CLEANUP(mem_freep) char *path = folder ? mem_printf("%s/" FILE_NAME, folder) : NULL;

	if (!path || access(path, F_OK) != 0)
		return NULL;
	return load_file(path, out);
}

err_t settings_save(const struct connection_settings *c, const struct contexts *contexts)
{
	CLEANUP(mem_freep) char *folder = settings_folder(c);
	CLEANUP(mem_freep) char *path = folder ? mem_printf("%s/" FILE_NAME, folder) : NULL;
	CLEANUP(strbuf_release) struct strbuf text = {0};

	if (!path)
		return err_new(ERR_INVALID,
			       "--config names the folder of the configuration: there is no HOME");
	strbuf_init(&text, CONTEXTS_BYTES_MAX);
	TRY_(contexts_write(contexts, &text));
	TRY_(file_make_folder(folder, 0700));
	return file_write_atomic(path, text.p, text.len, 0600);
}

/* --- one context --- */

void chosen_release(struct chosen *c)
{
	mem_free(c->name);
	mem_free(c->connect);
	mem_free(c->admin);
	mem_free(c->token_file);
	mem_free(c->admin_key);
	*c = (struct chosen){0};
}

/* Paths in the file are relative to it. Caller frees. */
static char *path_in(const char *folder, const char *path)
{
	return !path || *path == '/' ? mem_strdup(path) : mem_printf("%s/%s", folder, path);
}

err_t settings_choose(const struct connection_settings *c, struct chosen *out)
{
	CLEANUP(contexts_release) struct contexts contexts = {0};
	CLEANUP(mem_freep) char *folder = settings_folder(c);
	const char *name = str_empty(c->context) ? NULL : c->context;

	TRY_(settings_load(c, &contexts));
	name = name ? name : contexts.current;
	if (!name)
		return NULL;
	const struct opc_context *x = contexts_find(&contexts, name);
	if (!x)
		return err_new(ERR_NOT_FOUND, "\"%s\" isn't a context; opc config get-contexts lists them",
			       name);
	const struct opc_server *server = contexts_server(&contexts, x->server);
	*out = (struct chosen){
		.name = mem_strdup(name),
		.connect = mem_strdup(server->connect),
		.admin = mem_strdup(server->admin),
		.token_file = path_in(folder, x->token_file),
		.admin_key = path_in(folder, x->admin_key),
	};
	return NULL;
}
