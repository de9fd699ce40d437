#include "controller/cert_watch.h"

#include "base/cancel.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sync.h"

#define FILE_MAX 65536

struct cert_watch {
	struct cert_watch_options options;
	char *cert_path, *key_path; /* options points to them */
	struct cert_pair in_use;
	struct cancel *cancel;
	pthread_t thread;
};

static const struct logger log_cert = {.name = "metrics"};

void cert_pair_release(struct cert_pair *p)
{
	mem_free(p->cert_pem);
	secret_free(p->key_pem);
	*p = (struct cert_pair){0};
}

err_t cert_pair_read(const char *cert_path, const char *key_path, struct cert_pair *out)
{
	struct cert_pair pair CLEANUP(cert_pair_release) = {0};
	size_t len;

	TRY_(file_read(cert_path, FILE_MAX, &pair.cert_pem, &len));
	TRY_(secret_read_file(key_path, FILE_MAX, &pair.key_pem));
	*out = pair;
	pair = (struct cert_pair){0};
	return NULL;
}

static bool is_same(const struct cert_pair *a, const struct cert_pair *b)
{
	return streq(a->cert_pem, b->cert_pem) && secret_eq(a->key_pem, b->key_pem);
}

static err_t look(struct cert_watch *w)
{
	struct cert_pair now CLEANUP(cert_pair_release) = {0};
	struct cert_pair old;

	TRY_(cert_pair_read(w->cert_path, w->key_path, &now));
	if (is_same(&now, &w->in_use))
		return NULL;
	TRY_(w->options.apply(w->options.arg, &now));
	old = w->in_use;
	w->in_use = now;
	now = old;
	log_info(&log_cert, "a new certificate is in use", F_STR("path", w->cert_path));
	return NULL;
}

static void *cert_watch_main(void *arg)
{
	struct cert_watch *w = arg;

	while (!cancel_sleep_ms(w->cancel, w->options.interval_ms)) {
		err_t e CLEANUP(err_freep) = look(w);

		if (e)
			log_warn(&log_cert, "cannot take a new certificate; the old one stays in use",
				 F_STR("path", w->cert_path), F_ERR(e));
	}
	return NULL;
}

struct cert_watch *cert_watch_start(const struct cert_watch_options *options, struct cert_pair *in_use)
{
	struct cert_watch *w = MEM_NEW(struct cert_watch);

	w->options = *options;
	w->options.cert_path = w->cert_path = mem_strdup(options->cert_path);
	w->options.key_path = w->key_path = mem_strdup(options->key_path);
	w->in_use = *in_use;
	*in_use = (struct cert_pair){0};
	w->cancel = cancel_new(NULL);
	sync_thread_start(&w->thread, "certificate", cert_watch_main, w);
	return w;
}

void cert_watch_stop(struct cert_watch *w)
{
	if (!w)
		return;
	cancel_set(w->cancel);
	sync_thread_join(w->thread);
	cancel_free(w->cancel);
	cert_pair_release(&w->in_use);
	mem_free(w->cert_path);
	mem_free(w->key_path);
	mem_free(w);
}
