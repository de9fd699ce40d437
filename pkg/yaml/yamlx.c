#include "yaml/yamlx.h"
#include "yaml/document.h"

/* Opens the stream; d is to be released in any case. */
static err_t open_stream(struct document *d, const char *p, size_t len)
{
	TRY_(document_init(d, p, len));
	if (len > YAML_BYTES_MAX)
		return err_new(ERR_TOO_LARGE, "YAML is longer than %u bytes", YAML_BYTES_MAX);
	return NULL;
}

/* *out stays as it is when there is no further document. */
static err_t parse_next(struct document *d, struct jsonx **out, bool *out_found)
{
	bool found = false;

	TRY_(document_next(d, &found));
	if (found)
		TRY(jsonx_parse(d->json.p, d->json.len, out), "YAML");
	*out_found = found;
	return NULL;
}

err_t yamlx_parse(const char *p, size_t len, struct jsonx **out)
{
	CLEANUP(document_release) struct document d = {0};
	struct jsonx *doc = NULL;
	bool found = false;

	TRY_(open_stream(&d, p, len));
	TRY_(parse_next(&d, &doc, &found));
	*out = doc;
	return NULL;
}

err_t yamlx_parse_all(const char *p, size_t len, err_t (*on_doc)(void *arg, const struct jsonx *doc),
		      void *arg)
{
	CLEANUP(document_release) struct document d = {0};

	TRY_(open_stream(&d, p, len));
	for (;;) {
		CLEANUP(jsonx_freep) struct jsonx *doc = NULL;
		bool found = false;

		TRY_(parse_next(&d, &doc, &found));
		if (!found)
			return NULL;
		if (doc)
			TRY_(on_doc(arg, doc));
	}
}
