/* Linked with wipe.c: looks for bytes in all of the process's writable memory after they were freed. */

#include "base/mem.h"
#include "base/test.h"

#include <openssl/asn1.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEEDLE_LEN 48

/* Byte by byte, so that the whole needle stands nowhere but where a test writes it. */
static char needle_byte(size_t i)
{
	return (char)('A' + (i * 7 + i / 5) % 26);
}

static void write_needle(char *p)
{
	volatile char *out = p;

	for (size_t i = 0; i < NEEDLE_LEN; i++)
		out[i] = needle_byte(i);
}

static int count_in(const char *p, const char *end)
{
	int n = 0;

	for (; end - p >= NEEDLE_LEN; p++) {
		size_t i = 0;

		/* The first bytes of a freed block may hold the allocator's links: the rest is enough. */
		while (i < NEEDLE_LEN - 16 && p[16 + i] == needle_byte(16 + i))
			i++;
		n += i == NEEDLE_LEN - 16;
	}
	return n;
}

static int count_needles(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];
	int n = 0;

	CHECK(maps);
	while (fgets(line, sizeof(line), maps)) {
		unsigned long start = 0, end = 0;
		char rights[5] = "";

		/* Heap and anonymous memory: the rest of the line is a name or nothing. */
		if (sscanf(line, "%lx-%lx %4s", &start, &end, rights) == 3 && rights[0] == 'r' &&
		    rights[1] == 'w' && !strstr(line, ".so") && !strstr(line, "[stack]"))
			n += count_in((const char *)start, (const char *)end);
	}
	(void)fclose(maps);
	return n;
}

/* Through variables: compilers know that a pointer is dead after realloc, but not whether it failed. */
static void *(*volatile grow)(void *p, size_t size) = realloc;
static void *(*volatile grow_array)(void *p, size_t n, size_t size) = reallocarray;

TEST(wipe, finds_what_is_not_freed)
{
	char *p = malloc(NEEDLE_LEN);

	write_needle(p);
	CHECK_INT(count_needles(), 1);
	free(p);
	CHECK_INT(count_needles(), 0);
	free(NULL);
}

TEST(wipe, realloc_leaves_no_copy)
{
	char *p = malloc(NEEDLE_LEN);

	write_needle(p);
	for (size_t size = 2 * NEEDLE_LEN; size < 1 << 20; size *= 2) {
		void *between = malloc(size);

		p = grow(p, size);
		CHECK_INT(count_needles(), 1);
		free(between);
	}
	p = grow(p, NEEDLE_LEN);
	CHECK_INT(count_needles(), 1);
	p = grow(p, 20);
	CHECK_INT(count_needles(), 0);
	CHECK_INT(p[19], needle_byte(19));
	free(p);
}

TEST(wipe, realloc_behaves_as_that_of_the_c_library)
{
	char *p = grow(NULL, 10);

	CHECK(p);
	memcpy(p, "123456789", 10);
	p = grow_array(p, 100, 100);
	CHECK_STR(p, "123456789");
	CHECK(!grow_array(p, SIZE_MAX / 2, 4));
	CHECK(!grow(p, SIZE_MAX / 2));
	CHECK_STR(p, "123456789");
	CHECK(!grow(p, 0));
}

/* free as other libraries call it: libcrypto does not clean an ASN1_STRING itself. */
TEST(wipe, cleans_after_shared_libraries)
{
	char *p = malloc(NEEDLE_LEN);
	ASN1_STRING *s = ASN1_STRING_new();

	write_needle(p);
	CHECK_INT(ASN1_STRING_set(s, p, NEEDLE_LEN), 1);
	CHECK_INT(count_needles(), 2);
	ASN1_STRING_free(s);
	CHECK_INT(count_needles(), 1);
	free(p);
}

/* The C library's own calls: a stream that grows its buffer. */
TEST(wipe, cleans_after_the_c_library)
{
	char piece[NEEDLE_LEN], *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	CHECK(f);
	write_needle(piece);
	CHECK_INT(fwrite(piece, 1, NEEDLE_LEN, f), NEEDLE_LEN);
	for (int i = 0; i < 10000; i++)
		CHECK(fputc('.', f) >= 0);
	CHECK_INT(fclose(f), 0);
	CHECK_INT(count_needles(), 1);
	free(text);
	CHECK_INT(count_needles(), 0);
}

static long resident_pages(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	long n = 0;

	CHECK(f);
	CHECK_INT(fscanf(f, "%*d %ld", &n), 1);
	fclose(f);
	return n;
}

/* Here, because sanitizers have a heap of their own. */
TEST(wipe, mem_trim_gives_back_what_lies_between_what_is_in_use)
{
	enum { N = 2000, SIZE = 16384 };
	void **blocks = mem_calloc(N, sizeof(void *));
	long before;

	for (size_t i = 0; i < N; i++) {
		blocks[i] = mem_alloc(SIZE);
		memset(blocks[i], 1, SIZE);
	}
	for (size_t i = 0; i < N; i += 2)
		mem_free(blocks[i]);
	before = resident_pages();
	mem_trim();
	CHECK_MSG(before - resident_pages() > N, "%ld and %ld pages", before, resident_pages());
	for (size_t i = 1; i < N; i += 2)
		mem_free(blocks[i]);
	mem_free(blocks);
}
