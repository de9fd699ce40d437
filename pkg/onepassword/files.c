#include "base/clock.h"
#include "base/mem.h"
#include "onepassword/answer.h"
#include "onepassword/client.h"
#include "onepassword/request.h"
#include "onepassword/shown.h"

#define FILE_ATTEMPTS 5

/* /v1/vaults/{v}/items/{i}/files/{f}/content */
static bool is_content_path(const char *path)
{
	CLEANUP(strv_release) struct strv p = {0};

	strv_split(&p, path, '/');
	return p.n == 9 && streq(p.v[0], "") && streq(p.v[1], "v1") && streq(p.v[2], "vaults") &&
	       onepassword_is_id(p.v[3]) && streq(p.v[4], "items") && onepassword_is_id(p.v[5]) &&
	       streq(p.v[6], "files") && onepassword_is_id(p.v[7]) && streq(p.v[8], "content");
}

/* The server's own path only if it is one of a file's content: our token must not go elsewhere. */
static char *content_path_dup(const struct item *item, const struct item_file *file)
{
	if (is_content_path(file->content_path))
		return mem_strdup(file->content_path);
	return mem_printf("/v1/vaults/%s/items/%s/files/%s/content", item->vault_id, item->id, file->id);
}

static NODISCARD err_t load(struct op_client *c, const struct op_get *get, struct cancel *cancel,
			    struct secret **out)
{
	/* What waits needs a token; the caller may have none. */
	CLEANUP(cancel_freep) struct cancel *never = cancel ? NULL : cancel_new(NULL);

	for (int attempt = 1;; attempt++) {
		CLEANUP(http_response_release) struct http_response r = {0};

		TRY_(request_get(c, get, cancel, &r));
		if (r.status == 500 && attempt < FILE_ATTEMPTS) {
			if (cancel_sleep_ms(cancel ? cancel : never, c->file_wait_ms))
				return err_new(ERR_CANCELED, "canceled");
			continue;
		}
		TRY_(answer_check(&r, false));
		/* Any bytes can be a file, also the page of a proxy. Connect says that it is Connect. */
		if (!r.connect_version)
			return err_new(ERR_PROTOCOL, "the answer has no 1Password-Connect-Version");
		*out = TAKE(r.body);
		return NULL;
	}
}

static NODISCARD err_t load_file(struct op_client *c, const struct item *item, struct item_file *file,
				 struct cancel *cancel)
{
	CLEANUP(mem_freep) char *path = content_path_dup(item, file);
	const struct op_get get = {.route = "file", .path = path, .max_bytes = OP_FILE_MAX};

	if (file->size > OP_FILE_MAX)
		return err_new(ERR_TOO_LARGE, "larger than %u bytes", OP_FILE_MAX);
	return load(c, &get, cancel, &file->content);
}

err_t op_load_files(struct op_client *c, struct item *item, struct cancel *cancel)
{
	const int64_t deadline_ns = clock_now_ns(NULL) + OP_FILES_TIMEOUT_MS * NS_PER_MS;
	size_t total = 0;

	for (size_t i = 0; i < item->n_files; i++) {
		struct item_file *file = &item->files[i];
		CLEANUP(mem_freep) char *name = shown_dup(file->name);

		if (clock_now_ns(NULL) >= deadline_ns)
			return err_new(ERR_TIMEOUT, "the files of the item did not come within %d s",
				       OP_FILES_TIMEOUT_MS / 1000);
		if (!file->content)
			TRY(load_file(c, item, file, cancel), "file \"%s\"", name);
		total += secret_len(file->content);
		if (total > OP_FILES_MAX)
			return err_new(ERR_TOO_LARGE, "files of the item are together larger than %u bytes",
				       OP_FILES_MAX);
	}
	return NULL;
}

err_t op_get_file(struct op_client *c, const char *vault_id, const char *item_id, const char *file_id,
		  struct cancel *cancel, struct secret *out)
{
	CLEANUP(mem_freep)
	char *path = mem_printf("/v1/vaults/%s/items/%s/files/%s/content", vault_id, item_id, file_id);
	const struct op_get get = {.route = "file", .path = path, .max_bytes = OP_FILE_MAX};
	CLEANUP(secret_freep) struct secret *content = NULL;

	if (!is_content_path(path))
		return err_new(ERR_PROTOCOL,
			       "the server's ids of vault, item and file are not 26 characters a-z0-9");
	TRY_(load(c, &get, cancel, &content));
	return secret_add(out, secret_bytes(content), secret_len(content));
}
