#include "connect/rest.h"

#include "connect/call.h"

#include "base/mem.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct secret *make_token(struct rest *t, unsigned int rights, char out_id[OBJECT_ID_SIZE])
{
	struct vault_grant grant = {.rights = rights};
	struct secret *token = NULL;

	object_id_set(grant.vault_id, t->vault_id);
	CHECK_OK(vault_admin_create_token(t->admin, "token", 0, &grant, 1, out_id, &token));
	return token;
}

void rest_init(struct rest *t)
{
	char id[OBJECT_ID_SIZE];

	*t = (struct rest){.dir = "/tmp/connect-test-XXXXXX", .peer = "10.0.0.7", .metrics = metrics_new()};
	CHECK(mkdtemp(t->dir));
	CHECK_OK(vault_store_create(t->dir, "test", &t->setup));
	const struct vault_store_options options = {.data_dir = t->dir, .credentials = &t->setup.credentials};
	CHECK_OK(vault_store_open(&options, &t->store));
	CHECK_OK(vault_admin_open(t->store, &t->setup.admin_key, &t->admin));
	CHECK_OK(vault_admin_create_vault(t->admin, "Demo Vault", t->vault_id));
	CHECK_OK(vault_admin_create_vault(t->admin, "Foreign", t->foreign_id));
	t->rw = make_token(t, VAULT_READ | VAULT_WRITE, t->token_id);
	t->r = make_token(t, VAULT_READ, id);
	t->w = make_token(t, VAULT_WRITE, id);
	t->usage = usage_log_new(t->store);
	t->connect = connect_new(&(struct connect_options){.store = t->store,
							   .metrics = t->metrics,
							   .usage = t->usage,
							   .max_inline_bytes = 100,
							   .max_waiting = 2});
	inflight_init(&t->inflight);
}

static void remove_folder(const char *path)
{
	DIR *folder = opendir(path);

	CHECK(folder);
	for (const struct dirent *e = readdir(folder); e; e = readdir(folder)) {
		CLEANUP(mem_freep) char *file = mem_printf("%s/%s", path, e->d_name);

		if (e->d_name[0] != '.')
			CHECK_INT(unlink(file), 0);
	}
	closedir(folder);
	CHECK_INT(rmdir(path), 0);
}

void rest_release(struct rest *t)
{
	connect_free(t->connect);
	usage_log_free(t->usage);
	vault_admin_free(t->admin);
	vault_store_free(t->store);
	vault_setup_release(&t->setup);
	secret_free(t->rw);
	secret_free(t->r);
	secret_free(t->w);
	metrics_free(t->metrics);
	inflight_release(&t->inflight);
	remove_folder(t->dir);
}

void rest_limit(struct rest *t, const struct connect_options *rates)
{
	struct connect_options options = t->connect->options;

	options.token_rate = rates->token_rate;
	options.address_rate = rates->address_rate;
	options.metrics = NULL;
	connect_free(t->connect);
	t->connect = connect_new(&options);
}

void answer_release(struct answer *a)
{
	mem_freep(&a->head);
	mem_freep(&a->body);
	jsonx_freep(&a->json);
}

static void take_answer(struct exchange *x, struct answer *out)
{
	CLEANUP(strbuf_release) struct strbuf head = {0};
	const char *p = NULL;
	size_t len = 0;

	exchange_settle(x);
	strbuf_init(&head, 65536);
	exchange_format_head(x, EXCHANGE_KEEP_ALIVE, NULL, &head);
	exchange_wire_body(x, &p, &len);
	out->status = x->reply.status;
	out->head = strbuf_take(&head);
	out->body = mem_strndup(p, len);
	out->body_len = len;
	if (len > 0 && strstr(out->head, "Content-Type: application/json"))
		CHECK_OK(jsonx_parse(p, len, &out->json));
}

static void check_always(const struct answer *a)
{
	if (a->status >= 400) {
		CHECK_INT(jsonx_get_int(a->json, "status", 0), a->status);
		CHECK(!str_empty(jsonx_get_str(a->json, "message")));
	}
}

struct answer rest_call_with(struct rest *t, const struct secret *token, const char *method, const char *path,
			     const char *header, const char *body, size_t body_len)
{
	struct exchange *x = exchange_new(&t->inflight);
	CLEANUP(mem_freep)
	char *head = mem_printf("%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
				"Content-Length: %zu\r\n%s%s%s%s\r\n",
				method, path, body_len, token ? "Authorization: Bearer " : "",
				token ? secret_bytes(token) : "", token ? "\r\n" : "", header);
	const struct refusal bad = exchange_parse(x, head, strlen(head));
	struct answer a = {0};

	CHECK_MSG(!bad.status, "%s: %s", path, bad.message);
	x->body = body ? secret_from(body, body_len) : NULL;
	exchange_complete(x, t->peer);
	if (str_has_prefix(path, "/admin/"))
		connect_handle_admin(t->connect, &x->request, &x->reply);
	else
		connect_handle(t->connect, &x->request, &x->reply);
	take_answer(x, &a);
	exchange_free(x);
	check_always(&a);
	return a;
}

struct answer rest_call(struct rest *t, const struct secret *token, const char *method, const char *path,
			const char *body)
{
	return rest_call_with(t, token, method, path, "", body, body ? strlen(body) : 0);
}

struct answer rest_vault(struct rest *t, const struct secret *token, const char *method, const char *below,
			 const char *body)
{
	CLEANUP(mem_freep) char *path = mem_printf("/v1/vaults/%s%s", t->vault_id, below);

	return rest_call(t, token, method, path, body);
}

void rest_create(struct rest *t, const char *title, char out_id[OBJECT_ID_SIZE])
{
	CLEANUP(mem_freep)
	char *body = mem_printf(
		"{\"title\":\"%s\",\"category\":\"LOGIN\",\"tags\":[\"tag of %s\"],\"fields\":[{\"purpose\":"
		"\"PASSWORD\",\"value\":\"secret of %s\"}]}",
		title, title, title);
	CLEANUP(answer_release) struct answer a = rest_vault(t, t->rw, "POST", "/items", body);

	CHECK_INT(a.status, 200);
	object_id_set(out_id, jsonx_get_str(a.json, "id"));
}

void check_error(const struct answer *a, int status, const char *message)
{
	CHECK_INT(a->status, status);
	CHECK_STR(jsonx_get_str(a->json, "message"), message);
}
