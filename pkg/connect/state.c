#include "connect/state.h"

#include "base/crypto.h"
#include "base/str.h"

#include <stdio.h>

void state_of(const struct vault_infos *vaults, char out[STATE_SIZE])
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	uint8_t digest[CRYPTO_SHA256_LEN];

	strbuf_init(&text, 64u << 20);
	for (size_t i = 0; i < vaults->n; i++)
		strbuf_addf(&text, "%s %lld %lld\n", vaults->v[i].id,
			    (long long)vaults->v[i].attribute_version,
			    (long long)vaults->v[i].content_version);
	crypto_sha256(text.p, text.len, digest);
	for (size_t i = 0; i < (STATE_SIZE - 1) / 2; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", digest[i]);
}
