#include "base/crypto.h"

#include "base/crypto_openssl.h"
#include "base/rand.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#define VALID_S (365L * 86400)
/* Clocks of peers differ a little. */
#define BACKDATED_S (-300L)
#define DNS_NAME_MAX 253
#define COMMON_NAME_MAX 64

static void x509_freep(X509 **cert)
{
	X509_free(*cert);
}

static void names_freep(GENERAL_NAMES **names)
{
	GENERAL_NAMES_free(*names);
}

static void bio_freep(BIO **bio)
{
	BIO_free(*bio);
}

static NODISCARD err_t out_of_openssl(void)
{
	return crypto_fail(ERR_INTERNAL, "building the certificate");
}

static bool is_dns_name(const char *host)
{
	const size_t len = strlen(host);

	return len > 0 && len <= DNS_NAME_MAX &&
	       strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_*") == len;
}

/* The bytes of an IPv4 or IPv6 address; 0 when host is none. */
static int address_bytes(const char *host, uint8_t out[16])
{
	if (inet_pton(AF_INET, host, out) == 1)
		return 4;
	return inet_pton(AF_INET6, host, out) == 1 ? 16 : 0;
}

static bool add_name(GENERAL_NAMES *names, int type, const void *p, int len)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_STRING *value = ASN1_STRING_type_new(type == GEN_IPADD ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);

	if (!name || !value || ASN1_STRING_set(value, p, len) != 1) {
		GENERAL_NAME_free(name);
		ASN1_STRING_free(value);
		return false;
	}
	GENERAL_NAME_set0_value(name, type, value);
	if (sk_GENERAL_NAME_push(names, name) <= 0) {
		GENERAL_NAME_free(name);
		return false;
	}
	return true;
}

static NODISCARD err_t add_hosts(X509 *cert, const struct strv *hosts)
{
	CLEANUP(names_freep) GENERAL_NAMES *names = GENERAL_NAMES_new();

	if (!names)
		return out_of_openssl();
	for (size_t i = 0; i < hosts->n; i++) {
		const char *host = hosts->v[i];
		uint8_t address[16];
		const int address_len = address_bytes(host, address);

		if (address_len == 0 && !is_dns_name(host))
			return err_new(ERR_INVALID, "host %zu is neither a DNS name nor an address", i + 1);
		if (!(address_len > 0 ? add_name(names, GEN_IPADD, address, address_len)
				      : add_name(names, GEN_DNS, host, (int)strlen(host))))
			return out_of_openssl();
	}
	if (X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT) != 1)
		return out_of_openssl();
	return NULL;
}

static bool add_extension(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	const bool ok = extension && X509_add_ext(cert, extension, -1) == 1;

	X509_EXTENSION_free(extension);
	return ok;
}

static bool set_serial(X509 *cert)
{
	uint8_t bytes[16];

	rand_bytes(bytes, sizeof(bytes));
	bytes[0] = (uint8_t)((bytes[0] & 0x7f) | 0x40); /* positive and of full length */
	BIGNUM *number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	const bool ok = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert));
	BN_free(number);
	return ok;
}

static NODISCARD err_t fill(X509 *cert, EVP_PKEY *key, const struct strv *hosts)
{
	X509_NAME *name = X509_get_subject_name(cert);
	/* A common name must not be longer; who checks hosts reads the alternative names anyway. */
	const char *common_name = strlen(hosts->v[0]) <= COMMON_NAME_MAX ? hosts->v[0] : "self-signed";

	TRY_(add_hosts(cert, hosts));
	if (X509_set_version(cert, X509_VERSION_3) != 1 || !set_serial(cert) ||
	    !X509_gmtime_adj(X509_getm_notBefore(cert), BACKDATED_S) ||
	    !X509_gmtime_adj(X509_getm_notAfter(cert), VALID_S) ||
	    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)common_name, -1, -1, 0) !=
		    1 ||
	    X509_set_issuer_name(cert, name) != 1 || X509_set_pubkey(cert, key) != 1 ||
	    !add_extension(cert, NID_basic_constraints, "critical,CA:FALSE") ||
	    !add_extension(cert, NID_key_usage, "critical,digitalSignature") ||
	    !add_extension(cert, NID_ext_key_usage, "serverAuth") || X509_sign(cert, key, EVP_sha256()) <= 0)
		return out_of_openssl();
	return NULL;
}

err_t crypto_self_signed(const struct strv *hosts, struct secret **out_key_pem, struct strbuf *out_cert_pem)
{
	CLEANUP(crypto_pkey_freep) EVP_PKEY *key = EVP_EC_gen("P-256");
	CLEANUP(x509_freep) X509 *cert = X509_new();
	CLEANUP(bio_freep) BIO *key_bio = BIO_new(BIO_s_secmem());
	CLEANUP(bio_freep) BIO *cert_bio = BIO_new(BIO_s_mem());
	char *p = NULL;

	if (hosts->n == 0)
		return err_new(ERR_INVALID, "a certificate needs at least one host");
	if (!key || !cert || !key_bio || !cert_bio)
		return out_of_openssl();
	TRY_(fill(cert, key, hosts));
	if (PEM_write_bio_PrivateKey(key_bio, key, NULL, NULL, 0, NULL, NULL) != 1 ||
	    PEM_write_bio_X509(cert_bio, cert) != 1)
		return out_of_openssl();
	const long cert_len = BIO_get_mem_data(cert_bio, &p);
	strbuf_add(out_cert_pem, p, (size_t)cert_len);
	TRY_(strbuf_check(out_cert_pem, "certificate"));
	const long key_len = BIO_get_mem_data(key_bio, &p);
	*out_key_pem = secret_from(p, (size_t)key_len);
	return NULL;
}
