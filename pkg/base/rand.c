#include "base/rand.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

void rand_bytes(void *out, size_t len)
{
	char *p = out;

	while (len > 0) {
		const ssize_t n = getrandom(p, len, 0);

		if (n < 0 && errno != EINTR) {
			perror("getrandom");
			abort();
		}
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
}

uint64_t rand_below(uint64_t n)
{
	/* Numbers below 2^64 mod n would make small results likelier: draw again. */
	const uint64_t skip = (0 - n) % n;
	uint64_t drawn = 0;

	do {
		rand_bytes(&drawn, sizeof(drawn));
	} while (drawn < skip);
	return drawn % n;
}

void rand_uuid(char out[RAND_UUID_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t b[16];
	size_t at = 0;

	rand_bytes(b, sizeof(b));
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40); /* version 4 */
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80); /* variant of RFC 9562 */
	for (size_t i = 0; i < sizeof(b); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			out[at++] = '-';
		out[at++] = digits[b[i] >> 4];
		out[at++] = digits[b[i] & 0x0f];
	}
	out[at] = '\0';
}

void rand_id(char out[RAND_ID_SIZE])
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint8_t b[RAND_ID_SIZE - 1];

	rand_bytes(b, sizeof(b));
	for (size_t i = 0; i < sizeof(b); i++)
		out[i] = alphabet[b[i] % 32];
	out[RAND_ID_SIZE - 1] = '\0';
}

int64_t rand_jitter(int64_t ms, int percent)
{
	const int64_t share = ms * percent / 100;

	return share > 0 ? ms - share + (int64_t)rand_below((uint64_t)share * 2 + 1) : ms;
}
