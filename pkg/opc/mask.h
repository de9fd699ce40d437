#ifndef OPC_MASK_H
#define OPC_MASK_H

#include "base/secret.h"
#include "base/str.h"

/* Conceals secrets in a stream that comes in pieces: also where one is split over pieces, or overlaps
 * another, and where a program prints one in base64 or as a JSON string. A piece is passed on at once, but
 * for an end that may be the beginning of a secret. */
struct mask;

#define MASK_TEXT "<concealed by 1Password>"
#define MASK_SECRETS_MAX 2000

struct mask *mask_new(void);
void mask_free(struct mask *m);
void mask_freep(struct mask **m);

/* Empty ones are passed over. To be called before the first mask_feed. */
err_t mask_add(struct mask *m, const struct secret *s) NODISCARD;
bool mask_has_any(const struct mask *m);

/* One stream; several may share the secrets. Zero-initialise. */
struct mask_stream {
	char *held; /* what may be the beginning of a secret */
	size_t n_held;
};
void mask_stream_release(struct mask_stream *s);

/* Appends what may be shown now. */
void mask_feed(const struct mask *m, struct mask_stream *s, const char *p, size_t len, struct strbuf *out);
/* The stream has ended: the rest. */
void mask_end(const struct mask *m, struct mask_stream *s, struct strbuf *out);

#endif
