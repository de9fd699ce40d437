#ifndef VAULT_CODEC_H
#define VAULT_CODEC_H

#include "base/secret.h"
#include "base/str.h"
#include "vault/id.h"

/* The inside of sealed records: numbers as 8 bytes, big endian; texts and bytes with a 4-byte length before
 * them. Each record begins with a number that says which form it has, so that an old record stays readable.
 * Writers and readers go on after a failure, which the end of each tells. */
struct codec_writer {
	struct secret *out; /* owned until codec_writer_take */
	bool overflow;
};
void codec_writer_init(struct codec_writer *w, size_t max);
void codec_writer_release(struct codec_writer *w); /* for CLEANUP */
void codec_put_int(struct codec_writer *w, int64_t v);
void codec_put_bytes(struct codec_writer *w, const void *p, size_t len);
void codec_put_str(struct codec_writer *w, const char *s); /* NULL is written as "" */
void codec_put_secret(struct codec_writer *w, const struct secret *s);
void codec_put_ids(struct codec_writer *w, const struct strv *ids);
err_t codec_writer_take(struct codec_writer *w, struct secret **out) NODISCARD; /* ERR_TOO_LARGE over max */

struct codec_reader {
	const char *p; /* borrowed */
	size_t left;
	bool bad; /* ended early, or a number that no writer wrote */
};
struct codec_reader codec_reader_of(const struct secret *s);
int64_t codec_get_int(struct codec_reader *r);
void codec_get_bytes(struct codec_reader *r, const char **p, size_t *len); /* borrowed */
void codec_get_exact(struct codec_reader *r, void *out, size_t len); /* bytes of that length, else bad */
void codec_get_id(struct codec_reader *r, char out[OBJECT_ID_SIZE]); /* "" when bad */
char *codec_get_str(struct codec_reader *r);                         /* caller frees; never NULL */
struct secret *codec_get_secret(struct codec_reader *r);             /* caller frees; never NULL */

void codec_get_ids(struct codec_reader *r, struct strv *out); /* ids only; ends early when bad */

/* How many elements follow; each takes at least one byte, so a wrong count ends early instead of allocating.
 */
size_t codec_get_count(struct codec_reader *r);

/* ERR_PROTOCOL unless everything was read and nothing was missing. what: "item", for the text. */
err_t codec_reader_done(const struct codec_reader *r, const char *what) NODISCARD;

#endif
