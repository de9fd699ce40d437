#include "vault/codec.h"

#include "base/mem.h"
#include "base/test.h"

#include <string.h>

static struct secret *sample(void)
{
	CLEANUP(codec_writer_release) struct codec_writer w = {0};
	CLEANUP(secret_freep) struct secret *value = secret_from("a\0b", 3);
	struct secret *out = NULL;

	codec_writer_init(&w, 1024);
	codec_put_int(&w, -7);
	codec_put_str(&w, "text");
	codec_put_str(&w, NULL);
	codec_put_secret(&w, value);
	codec_put_int(&w, INT64_MAX);
	CHECK_OK(codec_writer_take(&w, &out));
	return out;
}

TEST(codec, reads_what_it_wrote)
{
	CLEANUP(secret_freep) struct secret *record = sample();
	struct codec_reader r = codec_reader_of(record);

	CHECK_INT(codec_get_int(&r), -7);
	CLEANUP(mem_freep) char *text = codec_get_str(&r);
	CLEANUP(mem_freep) char *empty = codec_get_str(&r);
	CLEANUP(secret_freep) struct secret *value = codec_get_secret(&r);
	CHECK_STR(text, "text");
	CHECK_STR(empty, "");
	CHECK(secret_len(value) == 3 && memcmp(secret_bytes(value), "a\0b", 3) == 0);
	CHECK_INT(codec_get_int(&r), INT64_MAX);
	CHECK_OK(codec_reader_done(&r, "sample"));
}

TEST(codec, a_record_cut_anywhere_or_too_long_is_refused)
{
	CLEANUP(secret_freep) struct secret *record = sample();

	for (size_t len = 0; len < secret_len(record) + 1; len++) {
		CLEANUP(secret_freep) struct secret *cut = secret_new(1024);
		const size_t kept = len < secret_len(record) ? len : secret_len(record);

		CHECK_OK(secret_add(cut, secret_bytes(record), kept));
		if (len == secret_len(record))
			CHECK_OK(secret_add(cut, "x", 1));
		struct codec_reader r = codec_reader_of(cut);
		(void)codec_get_int(&r);
		mem_free(codec_get_str(&r));
		mem_free(codec_get_str(&r));
		secret_free(codec_get_secret(&r));
		(void)codec_get_int(&r);
		CHECK_ERR(codec_reader_done(&r, "sample"), ERR_PROTOCOL);
	}
}

TEST(codec, counts_and_ids_that_cannot_be_are_refused)
{
	static const int64_t counts[] = {-1, 1, INT64_MAX};

	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		CLEANUP(codec_writer_release) struct codec_writer w = {0};
		CLEANUP(secret_freep) struct secret *record = NULL;

		codec_writer_init(&w, 64);
		codec_put_int(&w, counts[i]);
		CHECK_OK(codec_writer_take(&w, &record));
		struct codec_reader r = codec_reader_of(record);
		CHECK_INT(codec_get_count(&r), 0);
		CHECK(r.bad);
	}
	CLEANUP(secret_freep) struct secret *record = sample();
	struct codec_reader r = codec_reader_of(record);
	char id[OBJECT_ID_SIZE];
	(void)codec_get_int(&r);
	codec_get_id(&r, id);
	CHECK(r.bad);
	CHECK_STR(id, "");
}

TEST(codec, a_record_over_its_ceiling_is_refused)
{
	CLEANUP(codec_writer_release) struct codec_writer w = {0};
	struct secret *out = NULL;

	codec_writer_init(&w, 10);
	codec_put_str(&w, "1234567");
	CHECK_ERR(codec_writer_take(&w, &out), ERR_TOO_LARGE);
	CHECK_INT(err_live(), 0);
}
