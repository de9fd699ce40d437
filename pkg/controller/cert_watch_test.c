#include "controller/cert_watch.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sync.h"
#include "base/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_NS (30 * NS_PER_S)

/* A folder with a certificate and a key, and whoever uses them. */
struct rig {
	char folder[32];
	char *cert_path, *key_path;
	struct cert_watch *watch;
	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t changed;
	struct strv taken; /* "cert key" */
	size_t refused;
};

static void put(const char *path, const char *text)
{
	CHECK_OK(file_write_atomic(path, text, strlen(text), 0600));
}

static err_t apply(void *arg, const struct cert_pair *pair)
{
	struct rig *r = arg;
	char *text = mem_printf("%s %s", pair->cert_pem, secret_bytes(pair->key_pem));
	SYNC_SCOPE(&r->mutex);

	pthread_cond_broadcast(&r->changed);
	if (pair->cert_pem[0] != secret_bytes(pair->key_pem)[0]) {
		mem_free(text);
		r->refused++;
		return err_new(ERR_INVALID, "the key is not the certificate's");
	}
	strv_add_take(&r->taken, &text);
	return NULL;
}

static void drop_line(void *arg, const char *line, size_t len)
{
	(void)arg;
	(void)line;
	(void)len;
}

static void rig_start(struct rig *r)
{
	struct cert_watch_options options = {.interval_ms = 1, .apply = apply, .arg = r};
	struct cert_pair pair = {0};

	*r = (struct rig){.folder = "/tmp/cert_watch-XXXXXX"};
	log_set_sink(drop_line, NULL);
	sync_mutex_init(&r->mutex);
	sync_cond_init(&r->changed);
	CHECK(mkdtemp(r->folder));
	r->cert_path = mem_printf("%s/tls.crt", r->folder);
	r->key_path = mem_printf("%s/tls.key", r->folder);
	put(r->cert_path, "1c");
	put(r->key_path, "1k");
	CHECK_OK(cert_pair_read(r->cert_path, r->key_path, &pair));
	CHECK_STR(pair.cert_pem, "1c");
	CHECK_STR(secret_bytes(pair.key_pem), "1k");
	options.cert_path = r->cert_path;
	options.key_path = r->key_path;
	r->watch = cert_watch_start(&options, &pair);
}

static void rig_stop(struct rig *r)
{
	cert_watch_stop(r->watch);
	unlink(r->cert_path);
	unlink(r->key_path);
	rmdir(r->folder);
	mem_free(r->cert_path);
	mem_free(r->key_path);
	strv_release(&r->taken);
	sync_cond_destroy(&r->changed);
	sync_mutex_destroy(&r->mutex);
	log_set_sink(NULL, NULL);
	CHECK_INT(err_live(), 0);
}

static void wait_until(struct rig *r, const size_t *counter, size_t n)
{
	const int64_t deadline_ns = clock_now_ns(NULL) + PATIENCE_NS;
	SYNC_SCOPE(&r->mutex);

	while (*counter < n)
		CHECK_MSG(sync_cond_wait_until(&r->changed, &r->mutex, deadline_ns), "it does not happen");
}

TEST(cert_watch, takes_what_is_new_and_nothing_else)
{
	struct rig r;

	rig_start(&r);
	put(r.key_path, "2k"); /* until the certificate has come, too, they do not fit */
	wait_until(&r, &r.refused, 2);
	put(r.cert_path, "2c");
	wait_until(&r, &r.taken.n, 1);
	unlink(r.cert_path); /* keeps what it has */
	put(r.key_path, "3k");
	put(r.cert_path, "3c");
	wait_until(&r, &r.taken.n, 2);
	cert_watch_stop(TAKE(r.watch));
	CHECK_INT(r.taken.n, 2);
	CHECK_STR(r.taken.v[0], "2c 2k");
	CHECK_STR(r.taken.v[1], "3c 3k");
	rig_stop(&r);
}

TEST(cert_watch, a_file_that_is_missing_is_named)
{
	struct cert_pair pair = {0};
	err_t e CLEANUP(err_freep) = cert_pair_read("/nowhere/tls.crt", "/nowhere/tls.key", &pair);

	CHECK(e && strstr(err_text(e), "/nowhere/tls.crt"));
	CHECK(!pair.cert_pem && !pair.key_pem);
	cert_watch_stop(NULL);
}
