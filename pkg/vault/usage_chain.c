#include "vault/usage_chain.h"

void usage_chain_init(struct usage_chain *c)
{
	*c = (struct usage_chain){.first = 1, .next = 1};
}

void usage_chain_encode(const struct usage_chain *c, struct codec_writer *w)
{
	codec_put_int(w, c->first);
	codec_put_int(w, c->next);
	codec_put_bytes(w, c->before, sizeof(c->before));
	codec_put_bytes(w, c->last, sizeof(c->last));
}

void usage_chain_decode(struct codec_reader *r, struct usage_chain *out)
{
	out->first = codec_get_int(r);
	out->next = codec_get_int(r);
	codec_get_exact(r, out->before, sizeof(out->before));
	codec_get_exact(r, out->last, sizeof(out->last));
	r->bad = r->bad || out->first < 1 || out->next < out->first;
}
