#include "kube/pack.h"

#include "base/intern.h"
#include "base/mem.h"
#include "kube/client.h"

#include <stdio.h>
#include <string.h>

enum way { WAY_WRITE, WAY_READ, WAY_TAKE };

struct pack {
	enum way way;
	struct strbuf out; /* WAY_WRITE */
	const uint8_t *in; /* the others; only ever what WAY_WRITE made */
};

/* Every object was part of an answer. */
#define PACKED_MAX (2 * KUBE_OBJECT_MAX)

#define UUID_LEN 36
#define UUID_BYTES 16
/* A shorter beginning than that is not worth a pointer. */
#define STEM_LEN_MIN 10

/* How a text is written. */
enum text {
	TEXT_NULL,
	TEXT_BYTES,  /* up to and with its NUL */
	TEXT_NUMBER, /* decimal */
	TEXT_UUID,
	TEXT_SHARED, /* the pointer that intern gave */
	TEXT_STEM,   /* its beginning up to the last slash as a pointer, then the rest as bytes */
};

bool pack_is_reading(const struct pack *p)
{
	return p->way != WAY_WRITE;
}

static void write_byte(struct pack *p, uint8_t byte)
{
	strbuf_add(&p->out, &byte, 1);
}

/* Seven bits a byte, the lowest first. */
static void write_number(struct pack *p, uint64_t n)
{
	for (; n > 0x7f; n >>= 7)
		write_byte(p, (uint8_t)(n | 0x80));
	write_byte(p, (uint8_t)n);
}

static uint64_t read_number(struct pack *p)
{
	uint64_t n = 0;
	unsigned shift = 0;

	for (; *p->in & 0x80; shift += 7)
		n |= (uint64_t)(*p->in++ & 0x7f) << shift;
	return n | (uint64_t)*p->in++ << shift;
}

/* Small negative numbers are as short as small positive ones. */
void pack_int(struct pack *p, int64_t *n)
{
	if (p->way == WAY_WRITE) {
		write_number(p, (uint64_t)*n << 1 ^ (*n < 0 ? UINT64_MAX : 0));
	} else {
		const uint64_t zigzag = read_number(p);

		*n = (int64_t)(zigzag >> 1 ^ -(zigzag & 1));
	}
}

void pack_size(struct pack *p, size_t *n)
{
	if (p->way == WAY_WRITE)
		write_number(p, *n);
	else
		*n = read_number(p);
}

void pack_bool(struct pack *p, bool *b)
{
	if (p->way == WAY_WRITE)
		write_byte(p, *b);
	else
		*b = *p->in++;
}

static void write_bytes(struct pack *p, const char *s)
{
	strbuf_add(&p->out, s, strlen(s) + 1);
}

static const char *read_bytes(struct pack *p)
{
	const char *s = (const char *)p->in;

	p->in += strlen(s) + 1;
	return s;
}

static void write_pointer(struct pack *p, const char *s)
{
	const char *kept = intern(s);

	strbuf_add(&p->out, &kept, sizeof(kept));
}

static const char *read_pointer(struct pack *p)
{
	const char *s;

	memcpy(&s, p->in, sizeof(s));
	p->in += sizeof(s);
	return s;
}

static bool is_number(const char *s, int64_t *out)
{
	return str_to_int(s, 0, INT64_MAX, out) && (*s != '0' || s[1] == '\0');
}

static bool dash_is_before(size_t i)
{
	return i == 4 || i == 6 || i == 8 || i == 10;
}

static void format_uuid(const uint8_t *bytes, char out[UUID_LEN + 1])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < UUID_BYTES; i++) {
		if (dash_is_before(i))
			*out++ = '-';
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 0xf];
	}
	*out = '\0';
}

static uint8_t digit_of(char c)
{
	return (uint8_t)(c >= 'a' ? c - 'a' + 10 : c - '0') & 0xf;
}

/* Only a text that comes back as it was. */
static bool is_uuid(const char *s, uint8_t out[UUID_BYTES])
{
	char again[UUID_LEN + 1];
	const char *at = s;

	if (strlen(s) != UUID_LEN)
		return false;
	for (size_t i = 0; i < UUID_BYTES; i++, at += 2) {
		at += dash_is_before(i);
		out[i] = (uint8_t)(digit_of(at[0]) << 4 | digit_of(at[1]));
	}
	format_uuid(out, again);
	return streq(again, s);
}

static void write_stem(struct pack *p, const char *s, size_t len)
{
	char *stem CLEANUP(mem_freep) = mem_strndup(s, len);

	write_pointer(p, stem);
	write_bytes(p, s + len);
}

/* By whichever way is short. */
static void write_text(struct pack *p, const char *s)
{
	const char *slash = strrchr(s, '/');
	const size_t stem_len = slash ? (size_t)(slash - s) + 1 : 0;
	uint8_t uuid[UUID_BYTES];
	int64_t number = 0;

	if (is_number(s, &number)) {
		write_byte(p, TEXT_NUMBER);
		write_number(p, (uint64_t)number);
	} else if (is_uuid(s, uuid)) {
		write_byte(p, TEXT_UUID);
		strbuf_add(&p->out, uuid, sizeof(uuid));
	} else if (stem_len >= STEM_LEN_MIN) {
		write_byte(p, TEXT_STEM);
		write_stem(p, s, stem_len);
	} else {
		write_byte(p, TEXT_BYTES);
		write_bytes(p, s);
	}
}

/* To take it leaves the bytes without their share of it. */
static const char *read_shared(struct pack *p)
{
	const char *s = read_pointer(p);

	return p->way == WAY_TAKE ? s : intern(s);
}

static const char *read_stem(struct pack *p)
{
	const char *stem = read_pointer(p);
	char *text CLEANUP(mem_freep) = mem_printf("%s%s", stem, read_bytes(p));

	if (p->way == WAY_TAKE)
		intern_put(stem);
	return intern(text);
}

static const char *read_text(struct pack *p)
{
	char text[UUID_LEN + 1];

	switch ((enum text) * p->in++) {
	case TEXT_NULL:
		return NULL;
	case TEXT_BYTES:
		return intern(read_bytes(p));
	case TEXT_NUMBER:
		snprintf(text, sizeof(text), "%llu", (unsigned long long)read_number(p));
		return intern(text);
	case TEXT_UUID:
		format_uuid(p->in, text);
		p->in += UUID_BYTES;
		return intern(text);
	case TEXT_SHARED:
		return read_shared(p);
	case TEXT_STEM:
		return read_stem(p);
	}
	return NULL;
}

void pack_text(struct pack *p, const char **s)
{
	if (p->way != WAY_WRITE)
		*s = read_text(p);
	else if (*s)
		write_text(p, *s);
	else
		write_byte(p, TEXT_NULL);
}

void pack_shared(struct pack *p, const char **s)
{
	/* A text that is as short as a pointer is its own best place. */
	if (p->way != WAY_WRITE || !*s || strlen(*s) < sizeof(char *)) {
		pack_text(p, s);
		return;
	}
	write_byte(p, TEXT_SHARED);
	write_pointer(p, *s);
}

static void pack_owner(struct pack *p, struct kube_owner *o)
{
	pack_shared(p, &o->api_version);
	pack_shared(p, &o->kind);
	pack_text(p, &o->name);
	pack_text(p, &o->uid);
}

static void pack_meta(struct pack *p, struct kube_meta *m)
{
	pack_text(p, &m->uid);
	pack_text(p, &m->resource_version);
	pack_int(p, &m->generation);
	pack_int(p, &m->created_ms);
	pack_bool(p, &m->deleting);
	pack_size(p, &m->n_owners);
	if (pack_is_reading(p) && m->n_owners > 0)
		m->owners = mem_calloc(m->n_owners, sizeof(*m->owners));
	for (size_t i = 0; i < m->n_owners; i++)
		pack_owner(p, &m->owners[i]);
}

static void *packed_new(const struct kobj_form *form, struct kobj *o)
{
	struct pack p = {.way = WAY_WRITE};
	void *bytes;

	strbuf_init(&p.out, PACKED_MAX);
	pack_meta(&p, &o->meta);
	form->members(&p, o);
	bytes = mem_dup(p.out.p, p.out.len);
	strbuf_release(&p.out);
	return bytes;
}

static struct kobj *unpack(const struct kobj_form *form, struct pack *p, const char *key)
{
	char namespace[254], name[254];
	struct kobj *o = mem_zalloc(form->size);

	kobj_init(o, form->release);
	kube_key_parse(key, namespace, name);
	o->meta.namespace = intern(namespace);
	o->meta.name = intern(name);
	pack_meta(p, &o->meta);
	form->members(p, o);
	return o;
}

void *kept_new(const struct kobj_form *form, struct kobj *o)
{
	void *kept = o;

	if (!form)
		return kept;
	kept = packed_new(form, o);
	kobj_unref(o);
	return kept;
}

struct kobj *kept_get(const struct kobj_form *form, const void *kept, const char *key)
{
	struct pack p = {.way = WAY_READ, .in = kept};

	return form ? unpack(form, &p, key) : kobj_ref((struct kobj *)(uintptr_t)kept);
}

struct kobj *kept_take(const struct kobj_form *form, void *kept, const char *key)
{
	struct pack p = {.way = WAY_TAKE, .in = kept};
	struct kobj *o = kept;

	if (!form)
		return o;
	o = unpack(form, &p, key);
	mem_free(kept);
	return o;
}
