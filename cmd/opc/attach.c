#include "attach.h"

#include "base/mem.h"
#include "opc.h"
#include "opc/itembody.h"

#define PATH_MAX_BYTES 4096

struct attachment {
	char *name;             /* the file's id where it is taken away */
	struct secret *content; /* NULL: take it away */
};
struct attachments {
	struct attachment *v;
	size_t n;
};

void attachments_freep(struct attachments **a)
{
	for (size_t i = 0; *a && i < (*a)->n; i++) {
		mem_free((*a)->v[i].name);
		secret_free((*a)->v[i].content);
	}
	if (*a)
		mem_free((*a)->v);
	mem_free(*a);
}

bool attachments_has_any(const struct attachments *a)
{
	return a->n > 0;
}

static NODISCARD err_t read_one(const struct assignment *field, const struct jsonx *old,
				struct attachments *out)
{
	CLEANUP(secret_freep) struct secret *content = field->is_file ? secret_new(OP_FILE_MAX) : NULL;
	const char *id = field->remove && !field->section ? itembody_file(old, field->field) : NULL;

	if (!field->is_file && !id)
		return NULL;
	if (field->is_file)
		TRY_(input_read(secret_bytes(field->value), content));
	out->v = mem_grow(out->v, out->n + 1, sizeof(*out->v));
	out->v[out->n++] = (struct attachment){mem_strdup(id ? id : field->field), TAKE(content)};
	return NULL;
}

err_t attachments_read(const struct assignment *fields, size_t n, const struct jsonx *old,
		       struct attachments **out)
{
	CLEANUP(attachments_freep) struct attachments *a = MEM_NEW(struct attachments);

	for (size_t i = 0; i < n; i++)
		TRY_(read_one(&fields[i], old, a));
	*out = TAKE(a);
	return NULL;
}

static NODISCARD err_t send_one(const struct attachment *a, struct lookup *l, const char *item_path)
{
	CLEANUP(strbuf_release) struct strbuf path = {0};
	CLEANUP(op_reply_release) struct op_reply reply = {0};

	strbuf_init(&path, PATH_MAX_BYTES);
	strbuf_addf(&path, "/connect-server%s/files/", item_path);
	http_add_encoded(&path, a->name);
	return lookup_send(l,
			   &(struct op_call){.method = a->content ? "PUT" : "DELETE",
					     .path = path.p,
					     .body = a->content,
					     .content_type = "application/octet-stream"},
			   &reply);
}

err_t attachments_send(const struct attachments *a, struct lookup *l, const char *item_path)
{
	for (size_t i = 0; i < a->n; i++)
		TRY(send_one(&a->v[i], l, item_path),
		    "the item is stored, but not the change of its files, which 1Password's Connect can't");
	return NULL;
}
