#ifndef CONNECT_TOTP_H
#define CONNECT_TOTP_H

#include "base/crypto.h"

/* Time-based one-time codes (RFC 6238). */
struct totp {
	struct secret *key;
	enum crypto_hash hash;
	int digits;     /* 6 to 8 */
	int64_t period; /* seconds */
};
void totp_release(struct totp *t); /* for CLEANUP */

/* The value of a field of type OTP: otpauth://totp/…?secret=…, with digits, period and algorithm where they
 * are not 6, 30 and SHA1, or a secret in base32 alone. false: it is none of both. */
bool totp_parse(const struct secret *value, struct totp *out);

#define TOTP_CODE_SIZE 9
err_t totp_code(const struct totp *t, int64_t unix_s, char out[TOTP_CODE_SIZE]) NODISCARD;

#endif
