#include "vault/certificate.h"

#include "base/clock.h"
#include "base/mem.h"
#include "vault/record.h"
#include "vault/store_private.h"

#include <stdio.h>
#include <string.h>

#define FORM 1
#define PEM_MAX 16384
/* They are made for a year. */
#define RENEW_AFTER_MS (INT64_C(335) * 24 * 3600 * 1000)

static NODISCARD err_t save(struct tx *t, const char *server_id, const char *cert_pem,
			    const struct secret *key_pem)
{
	CLEANUP(codec_writer_release) struct codec_writer w = {0};
	CLEANUP(secret_freep) struct secret *plain = NULL;

	codec_writer_init(&w, RECORD_MAX);
	codec_put_int(&w, FORM);
	codec_put_int(&w, clock_wall_ms());
	codec_put_str(&w, cert_pem);
	codec_put_secret(&w, key_pem);
	TRY_(codec_writer_take(&w, &plain));
	return record_write(t, NULL, MANIFEST_CERTIFICATE, server_id, plain);
}

/* *out_found is false when there is none, or one that is too old. */
static NODISCARD err_t load(struct tx *t, const char *server_id, bool *out_found, char **out_cert_pem,
			    struct secret **out_key_pem)
{
	CLEANUP(secret_freep) struct secret *plain = NULL;

	TRY_(record_has(t, MANIFEST_CERTIFICATE, server_id, out_found));
	if (!*out_found)
		return NULL;
	TRY_(record_read(t, NULL, MANIFEST_CERTIFICATE, server_id, &plain));
	struct codec_reader r = codec_reader_of(plain);
	r.bad = codec_get_int(&r) != FORM;
	const int64_t made_ms = codec_get_int(&r);
	CLEANUP(mem_freep) char *cert_pem = codec_get_str(&r);
	CLEANUP(secret_freep) struct secret *key_pem = codec_get_secret(&r);
	TRY_(codec_reader_done(&r, "certificate"));
	*out_found = clock_wall_ms() - made_ms < RENEW_AFTER_MS;
	if (*out_found) {
		*out_cert_pem = TAKE(cert_pem);
		*out_key_pem = TAKE(key_pem);
	}
	return NULL;
}

err_t vault_store_certificate(struct vault_store *s, const struct strv *hosts, char **out_cert_pem,
			      struct secret **out_key_pem)
{
	CLEANUP(tx_end) struct tx t = {0};
	CLEANUP(strbuf_release) struct strbuf cert_pem = {0};
	CLEANUP(secret_freep) struct secret *key_pem = NULL;
	bool found = false;

	TRY_(tx_begin(s, true, &t));
	TRY_(load(&t, s->server_id, &found, out_cert_pem, out_key_pem));
	if (found)
		return NULL;
	strbuf_init(&cert_pem, PEM_MAX);
	TRY_(crypto_self_signed(hosts, &key_pem, &cert_pem));
	TRY_(save(&t, s->server_id, cert_pem.p, key_pem));
	TRY_(tx_commit(&t));
	*out_cert_pem = strbuf_take(&cert_pem);
	*out_key_pem = TAKE(key_pem);
	return NULL;
}

/* The base64 between the first two marks, without line ends. */
static NODISCARD err_t body_of(const char *pem, struct strbuf *out)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----", end[] = "-----END CERTIFICATE-----";
	const char *p = strstr(pem, begin);
	const char *stop = p ? strstr(p, end) : NULL;

	if (!stop)
		return err_new(ERR_INVALID, "there is no PEM certificate");
	for (p += strlen(begin); p < stop; p++) {
		if (*p != '\n' && *p != '\r' && *p != ' ')
			strbuf_addc(out, *p);
	}
	return strbuf_check(out, "certificate");
}

err_t certificate_fingerprint(const char *pem, char out[CERTIFICATE_FINGERPRINT_SIZE])
{
	CLEANUP(strbuf_release) struct strbuf body = {0};
	CLEANUP(secret_freep) struct secret *der = secret_new(PEM_MAX);
	uint8_t digest[CRYPTO_SHA256_LEN];

	strbuf_init(&body, PEM_MAX);
	TRY_(body_of(pem, &body));
	TRY_(secret_add_base64_decoded(der, body.p, body.len));
	crypto_sha256(secret_bytes(der), secret_len(der), digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		(void)snprintf(out + 3 * i, 4, i + 1 < sizeof(digest) ? "%02X:" : "%02X", digest[i]);
	return NULL;
}
