#include "base/crypto_sshkey.h"

#include "base/test.h"

#include <string.h>

/* What ssh-keygen reads as the same key. */
static const char ed25519_pem[] = "-----BEGIN PRIVATE KEY-----\n"
				  "MC4CAQAwBQYDK2VwBCIEILrM6Q7B6ukpYQFZ0GO+Gs6Ga+IAnI/B5Vf86Jtp0u8w\n"
				  "-----END PRIVATE KEY-----\n";
static const char ed25519_openssh[] =
	"-----BEGIN OPENSSH PRIVATE KEY-----\n"
	"b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n"
	"QyNTUxOQAAACC72W06SnyrIG/jsGsmOlh5bdBSD2i/Am8TaM7SxoeZ5gAAAIjGh5nmxoeZ\n"
	"5gAAAAtzc2gtZWQyNTUxOQAAACC72W06SnyrIG/jsGsmOlh5bdBSD2i/Am8TaM7SxoeZ5g\n"
	"AAAEC6zOkOwerpKWEBWdBjvhrOhmviAJyPweVX/OibadLvMLvZbTpKfKsgb+OwayY6WHlt\n"
	"0FIPaL8CbxNoztLGh5nmAAAAAAECAwQF\n"
	"-----END OPENSSH PRIVATE KEY-----\n";
static const char ec_pem[] = "-----BEGIN PRIVATE KEY-----\n"
			     "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQghES2GEIfgbGEOeuD\n"
			     "XgBMIdF8p+kxJUXgnzumJZcmcSShRANCAAShYsEQSpUMqWMWZlqSTncRh9dTVrTT\n"
			     "mJDDtTZgQ50Emy5tmCxKIfTlM9Jc4L+xaIfOC4heTh6eXGz14HHkNdNf\n"
			     "-----END PRIVATE KEY-----\n";

TEST(crypto_sshkey, an_ed25519_key_becomes_openssh)
{
	CLEANUP(secret_freep) struct secret *out = secret_new(65536);
	CLEANUP(secret_freep) struct secret *again = secret_new(65536);

	CHECK_OK(crypto_sshkey_openssh(ed25519_pem, strlen(ed25519_pem), out));
	CHECK_STR(secret_bytes(out), ed25519_openssh);
	CHECK_OK(crypto_sshkey_openssh(ed25519_openssh, strlen(ed25519_openssh), again));
	CHECK_STR(secret_bytes(again), ed25519_openssh);
}

TEST(crypto_sshkey, what_is_no_such_key_is_refused_without_showing_it)
{
	static const char *const wrong[] = {"", "hidden", "-----BEGIN PRIVATE KEY-----\nhidden\n", ec_pem};

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		CLEANUP(secret_freep) struct secret *out = secret_new(65536);
		CLEANUP(err_freep) err_t e = crypto_sshkey_openssh(wrong[i], strlen(wrong[i]), out);

		CHECK(err_is(e, ERR_INVALID) && !strstr(err_text(e), "hidden"));
		CHECK_INT(secret_len(out), 0);
	}
}
