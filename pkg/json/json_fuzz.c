#include "json/json.h"
#include "json/jsonw.h"
#include <stdlib.h>
#include <string.h>

#define OUT_MAX (1u << 22)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static struct jsonx *parse_again(const struct strbuf *text)
{
	struct jsonx *doc = NULL;
	err_t e = jsonx_parse(text->p, text->len, &doc);

	must(!e);
	return doc;
}

static void write_doc(const struct jsonx *doc, struct strbuf *out)
{
	struct jsonw w;
	err_t e;

	strbuf_init(out, OUT_MAX);
	jsonw_init_str(&w, out);
	jsonw_value(&w, doc);
	e = jsonw_done(&w);
	must(!e);
}

/* What parses is written, parses again, and is written equal. */
static void check_round_trip(const struct jsonx *doc)
{
	CLEANUP(strbuf_release) struct strbuf first = {0};
	CLEANUP(strbuf_release) struct strbuf second = {0};
	CLEANUP(jsonx_freep) struct jsonx *again = NULL;

	write_doc(doc, &first);
	again = parse_again(&first);
	write_doc(again, &second);
	must(first.len == second.len && memcmp(first.p, second.p, first.len) == 0);
}

/* Any bytes make a string that parses; UTF-8 comes back as it was. */
static void check_string(const char *p, size_t len)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	CLEANUP(jsonx_freep) struct jsonx *doc = NULL;
	const char *back = NULL;
	size_t back_len = 0;
	struct jsonw w;
	err_t e;

	strbuf_init(&text, OUT_MAX);
	jsonw_init_str(&w, &text);
	jsonw_strn(&w, p, len);
	e = jsonw_done(&w);
	must(!e);
	doc = parse_again(&text);
	must(jsonx_strn(doc, &back, &back_len));
	must(!str_is_utf8(p, len) || (back_len == len && memcmp(back, p, len) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(jsonx_freep) struct jsonx *doc = NULL;
	err_t e = jsonx_parse((const char *)data, size, &doc);

	must(!e || err_is(e, ERR_INVALID));
	if (!e)
		check_round_trip(doc);
	err_free(e);
	check_string((const char *)data, size);
	return 0;
}
