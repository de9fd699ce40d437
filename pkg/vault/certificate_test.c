#include "vault/fixture.h"

#include "base/mem.h"
#include "vault/certificate.h"

#include <string.h>

TEST(certificate, of_a_server_is_made_once_and_kept_sealed)
{
	CLEANUP(fixture_release) struct fixture f;
	CLEANUP(strv_release) struct strv hosts = {0};
	CLEANUP(mem_freep) char *first = NULL, *second = NULL;
	CLEANUP(secret_freep) struct secret *first_key = NULL, *second_key = NULL;
	char a[CERTIFICATE_FINGERPRINT_SIZE], b[CERTIFICATE_FINGERPRINT_SIZE];

	fixture_init(&f);
	strv_add(&hosts, "localhost");
	CHECK_OK(vault_store_certificate(f.store, &hosts, &first, &first_key));
	fixture_close(&f);
	fixture_reopen(&f);
	CHECK_OK(vault_store_certificate(f.store, &hosts, &second, &second_key));
	CHECK_STR(first, second);
	CHECK(secret_eq(first_key, second_key));
	CHECK_OK(certificate_fingerprint(first, a));
	CHECK_OK(certificate_fingerprint(second, b));
	CHECK_INT(strlen(a), CERTIFICATE_FINGERPRINT_SIZE - 1);
	CHECK_STR(a, b);
	CHECK_ERR(certificate_fingerprint("nothing", a), ERR_INVALID);
}
