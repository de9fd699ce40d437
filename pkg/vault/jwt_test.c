#include "vault/jwt.h"

#include "base/mem.h"
#include "base/test.h"

#include <string.h>

#define ID_A "aaaaaaaaaaaaaaaaaaaaaaaaaa"
#define ID_B "bbbbbbbbbbbbbbbbbbbbbbbbbb"
#define ID_C "cccccccccccccccccccccccccc"
#define ID_V "vvvvvvvvvvvvvvvvvvvvvvvvvv"

struct keys {
	struct secret *private_der;
	struct strbuf public_der;
};

static void keys_init(struct keys *k)
{
	*k = (struct keys){0};
	strbuf_init(&k->public_der, 1024);
	CHECK_OK(crypto_es256_new(&k->private_der, &k->public_der));
}

static void keys_release(struct keys *k)
{
	secret_freep(&k->private_der);
	strbuf_release(&k->public_der);
}

static struct secret *token_of(const struct keys *k, int64_t expires_s, size_t n_vaults)
{
	CLEANUP(secret_freep) struct secret *secret = secret_from("0123456789abcdef0123456789abcdef", 32);
	CLEANUP(mem_freep) struct jwt_vault *vaults = mem_calloc(n_vaults + 1, sizeof(*vaults));
	struct secret *text = NULL;

	for (size_t i = 0; i < n_vaults; i++)
		vaults[i] = (struct jwt_vault){.id = ID_V, .read = true, .write = i % 2 == 0};
	const struct jwt_claims claims = {.key_id = ID_A,
					  .store_id = ID_B,
					  .server_id = ID_B,
					  .token_id = ID_C,
					  .secret = secret,
					  .issued_s = 1700000000,
					  .expires_s = expires_s,
					  .vaults = vaults,
					  .n_vaults = n_vaults};
	CHECK_OK(jwt_format(&claims, k->private_der, &text));
	return text;
}

/* Part of a token as text. */
static char *part_of(const struct secret *token, int number)
{
	const char *start = secret_bytes(token);
	CLEANUP(secret_freep) struct secret *json = secret_new(JWT_MAX);

	for (; number > 0; number--)
		start = strchr(start, '.') + 1;
	CHECK_OK(crypto_base64url_decode(start, strcspn(start, "."), json));
	return mem_strdup(secret_bytes(json));
}

TEST(jwt, is_read_as_it_was_written_and_its_signature_holds)
{
	CLEANUP(keys_release) struct keys k;
	CLEANUP(jwt_release) struct jwt j = {0};

	keys_init(&k);
	CLEANUP(secret_freep) struct secret *text = token_of(&k, 1800000000, 2);
	CHECK_OK(jwt_parse(secret_bytes(text), &j));
	CHECK_STR(j.key_id, ID_A);
	CHECK_STR(j.server_id, ID_B);
	CHECK_STR(j.token_id, ID_C);
	CHECK_INT(j.expires_s, 1800000000);
	CHECK_STR(secret_bytes(j.secret), "0123456789abcdef0123456789abcdef");
	CHECK_OK(crypto_es256_verify(k.public_der.p, k.public_der.len, secret_bytes(text), j.signed_len,
				     j.signature));
}

TEST(jwt, has_the_claims_of_a_connect_token)
{
	CLEANUP(keys_release) struct keys k;

	keys_init(&k);
	CLEANUP(secret_freep) struct secret *text = token_of(&k, 1800000000, 2);
	CLEANUP(mem_freep) char *header = part_of(text, 0);
	CLEANUP(mem_freep) char *payload = part_of(text, 1);
	CHECK_STR(header, "{\"alg\":\"ES256\",\"kid\":\"" ID_A "\",\"typ\":\"JWT\"}");
	CHECK(strstr(payload,
		     "\"1password.com/vts\":[{\"u\":\"" ID_V "\",\"a\":496},{\"u\":\"" ID_V "\",\"a\":48}]"));
	CHECK(strstr(payload, "\"aud\":[\"com.1password.connect\"],\"sub\":\"BBBBBBBBBBBBBBBBBBBBBBBBBB\""));
	CHECK(strstr(payload,
		     "\"iat\":1700000000,\"exp\":1800000000,\"iss\":\"com.1password.b5\",\"jti\":\"" ID_C
		     "\""));
}

TEST(jwt, stays_short_enough_for_a_header_with_any_number_of_vaults)
{
	CLEANUP(keys_release) struct keys k;
	CLEANUP(jwt_release) struct jwt j = {0};

	keys_init(&k);
	CLEANUP(secret_freep) struct secret *full = token_of(&k, 0, JWT_VAULTS_MAX);
	CLEANUP(secret_freep) struct secret *over = token_of(&k, 0, 1000);
	CHECK(secret_len(full) < 6000);
	CHECK(secret_len(over) < 1000);
	CHECK_OK(jwt_parse(secret_bytes(over), &j));
	CHECK_INT(j.expires_s, 0);
}

static const char good_payload[] =
	"{\"1password.com/"
	"token\":\"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY\",\"aud\":[\"com.1password.connect\"],"
	"\"sub\":\"BBBBBBBBBBBBBBBBBBBBBBBBBB\",\"jti\":\"" ID_C "\"}";
static const char good_header[] = "{\"alg\":\"ES256\",\"kid\":\"" ID_A "\"}";

static err_t parse_made(const char *header, const char *payload, size_t signature_len)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	CLEANUP(jwt_release) struct jwt j = {0};
	const uint8_t signature[128] = {0};

	strbuf_init(&text, JWT_MAX);
	crypto_base64url(header, strlen(header), &text);
	strbuf_adds(&text, ".");
	crypto_base64url(payload, strlen(payload), &text);
	strbuf_adds(&text, ".");
	crypto_base64url(signature, signature_len, &text);
	return jwt_parse(text.p, &j);
}

TEST(jwt, refuses_every_other_form)
{
	static const struct {
		const char *name, *header, *payload;
		size_t signature_len;
	} cases[] = {
		{"alg none", "{\"alg\":\"none\",\"kid\":\"" ID_A "\"}", good_payload, 64},
		{"alg HS256", "{\"alg\":\"HS256\",\"kid\":\"" ID_A "\"}", good_payload, 64},
		{"alg in lower case", "{\"alg\":\"es256\",\"kid\":\"" ID_A "\"}", good_payload, 64},
		{"no alg", "{\"kid\":\"" ID_A "\"}", good_payload, 64},
		{"no kid", "{\"alg\":\"ES256\"}", good_payload, 64},
		{"kid is a path", "{\"alg\":\"ES256\",\"kid\":\"../../etc/passwd\"}", good_payload, 64},
		{"short signature", good_header, good_payload, 63},
		{"no signature", good_header, good_payload, 0},
		{"long signature", good_header, good_payload, 65},
		{"payload is no JSON", good_header, "x", 64},
		{"payload is a list", good_header, "[]", 64},
		{"payload is empty", good_header, "{}", 64},
		{"other audience", good_header,
		 "{\"1password.com/token\":\"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY\",\"aud\":[\"x\"],"
		 "\"sub\":\"BBBBBBBBBBBBBBBBBBBBBBBBBB\",\"jti\":\"" ID_C "\"}",
		 64},
		{"exp is a text", good_header,
		 "{\"1password.com/"
		 "token\":\"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY\",\"aud\":[\"com.1password."
		 "connect\"],\"sub\":\"BBBBBBBBBBBBBBBBBBBBBBBBBB\",\"exp\":\"1\",\"jti\":\"" ID_C "\"}",
		 64},
		{"short secret", good_header,
		 "{\"1password.com/token\":\"MDEy\",\"aud\":[\"com.1password.connect\"],"
		 "\"sub\":\"BBBBBBBBBBBBBBBBBBBBBBBBBB\",\"jti\":\"" ID_C "\"}",
		 64},
	};

	CHECK_OK(parse_made(good_header, good_payload, 64));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		err_t e = parse_made(cases[i].header, cases[i].payload, cases[i].signature_len);

		CHECK_MSG(err_is(e, ERR_DENIED), "%s", cases[i].name);
		CHECK_STR(err_text(e), "Invalid bearer token");
		err_free(e);
	}
	CHECK_INT(err_live(), 0);
}
