#include "certificate.h"

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "vault/certificate.h"

#include <unistd.h>

#define CERTIFICATE_MAX ((size_t)1 << 20)
#define HOST_MAX 256

void certificate_release(struct certificate *c)
{
	mem_freep(&c->cert_pem);
	secret_freep(&c->key_pem);
}

static NODISCARD err_t look(const char *path, struct stat *out)
{
	return stat(path, out) == 0 ? NULL : err_new(ERR_NOT_FOUND, "%s: %m", path);
}

err_t certificate_read(const char *cert_file, const char *key_file, struct certificate *out)
{
	CLEANUP(certificate_release)
	struct certificate c = {.cert_file = cert_file, .key_file = key_file};
	size_t len = 0;

	/* Before they are read: a change in between is seen the next time. */
	TRY(look(cert_file, &c.cert_stat), "certificate");
	TRY(look(key_file, &c.key_stat), "key of the certificate");
	TRY(file_read(cert_file, CERTIFICATE_MAX, &c.cert_pem, &len), "certificate");
	TRY(secret_read_file(key_file, CERTIFICATE_MAX, &c.key_pem), "key of the certificate");
	certificate_release(out);
	*out = c;
	c = (struct certificate){0};
	return NULL;
}

err_t certificate_of_store(struct vault_store *s, const char *const addresses[2], struct certificate *out)
{
	static const struct logger log = {.name = "main"};
	CLEANUP(strv_release) struct strv hosts = {0};
	CLEANUP(certificate_release) struct certificate c = {.cert_file = "", .key_file = ""};
	char name[HOST_MAX] = "", fingerprint[CERTIFICATE_FINGERPRINT_SIZE];

	strv_add(&hosts, "localhost");
	strv_add(&hosts, "127.0.0.1");
	strv_add(&hosts, "::1");
	if (gethostname(name, sizeof(name) - 1) == 0 && name[0] && !strv_has(&hosts, name))
		strv_add(&hosts, name);
	for (size_t i = 0; i < 2; i++) {
		if (!str_empty(addresses[i]) && !strv_has(&hosts, addresses[i]))
			strv_add(&hosts, addresses[i]);
	}
	TRY_(vault_store_certificate(s, &hosts, &c.cert_pem, &c.key_pem));
	TRY_(certificate_fingerprint(c.cert_pem, fingerprint));
	log_info(&log, "self-signed certificate", F_STR("fingerprint", fingerprint));
	*out = c;
	c = (struct certificate){0};
	return NULL;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

err_t certificate_refresh(struct certificate *c, bool *out_changed)
{
	struct stat cert_stat, key_stat;

	*out_changed = false;
	if (str_empty(c->cert_file))
		return NULL;
	TRY(look(c->cert_file, &cert_stat), "certificate");
	TRY(look(c->key_file, &key_stat), "key of the certificate");
	if (is_same(&cert_stat, &c->cert_stat) && is_same(&key_stat, &c->key_stat))
		return NULL;
	TRY_(certificate_read(c->cert_file, c->key_file, c));
	*out_changed = true;
	return NULL;
}
