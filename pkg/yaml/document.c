#include "yaml/document.h"
#include "base/mem.h"
#include "yaml/scalar.h"
#include "yaml/yamlx.h"
#include <string.h>

/* Escapes make JSON longer than YAML by less than this; the rest is aliases. */
#define JSON_BYTES_MAX ((size_t)4 * YAML_BYTES_MAX)

#define TAG_PREFIX "tag:yaml.org,2002:"

/* A node with an anchor is its JSON text, which an alias repeats. */
struct anchor {
	size_t start, len;
	size_t nodes;
	int height; /* of objects and arrays in each other */
};

static err_t fail_at(const yaml_mark_t *mark, enum err_kind kind, const char *what)
{
	return err_new(kind, "YAML line %zu, column %zu: %s", mark->line + 1, mark->column + 1, what);
}

static err_t next_event(struct document *d, yaml_event_t *out)
{
	const yaml_parser_t *p = &d->parser;

	if (yaml_parser_parse(&d->parser, out))
		return NULL;
	/* libyaml's texts are constants: they name no part of the input. */
	if (p->error == YAML_READER_ERROR)
		return err_new(ERR_INVALID, "YAML byte %zu: %s", p->problem_offset, p->problem);
	return fail_at(&p->problem_mark, ERR_INVALID, p->problem ? p->problem : "no memory");
}

/* Where the text that was written since then begins; a comma before it belongs to the array or object. */
static size_t text_start(const struct document *d, size_t len_before)
{
	return len_before + (d->json.p[len_before] == ',');
}

static void anchor_add(struct document *d, const char *name, struct anchor anchor)
{
	map_set(d->anchors, name, mem_dup(&anchor, sizeof(anchor)));
}

/* A value is complete. */
static void end_value(struct document *d, int height)
{
	struct document_frame *parent = d->depth > 0 ? &d->frames[d->depth - 1] : NULL;

	if (!parent)
		return;
	parent->has_key = false;
	if (height > parent->height)
		parent->height = height;
}

static bool is_tag(const char *tag, const char *name)
{
	return str_has_prefix(tag, TAG_PREFIX) && streq(tag + strlen(TAG_PREFIX), name);
}

/* The type that a scalar's tag or its look gives it; json as of scalar_resolve. */
static const char *type_of(const yaml_event_t *event, enum scalar_type *type, char json[SCALAR_JSON_SIZE])
{
	const char *tag = (const char *)event->data.scalar.tag;
	const bool is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;

	*type = SCALAR_STR;
	if (tag ? streq(tag, "!") || is_tag(tag, "str") || is_tag(tag, "timestamp") : !is_plain)
		return NULL;
	*type = scalar_resolve((const char *)event->data.scalar.value, event->data.scalar.length, json);
	if (*type == SCALAR_NOT_FINITE)
		return "JSON has no such number";
	if (!tag || (is_tag(tag, "null") && *type == SCALAR_NULL) ||
	    (is_tag(tag, "bool") && *type == SCALAR_BOOL) || (is_tag(tag, "int") && *type == SCALAR_INT) ||
	    (is_tag(tag, "float") && (*type == SCALAR_INT || *type == SCALAR_FLOAT)))
		return NULL;
	return "the tag does not fit or is not supported";
}

/* JSON's keys are strings: what is typed becomes its text. */
static const char *write_key(struct document *d, const yaml_event_t *event, enum scalar_type type,
			     const char *json)
{
	const char *text = (const char *)event->data.scalar.value;

	if (type == SCALAR_NULL)
		return "a key must not be null";
	if (type != SCALAR_STR) {
		jsonw_key(&d->w, json);
		return NULL;
	}
	if (strlen(text) != event->data.scalar.length)
		return "a key must not hold a NUL";
	if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && streq(text, "<<"))
		return "merge keys are not supported";
	jsonw_key(&d->w, text);
	return NULL;
}

static void write_scalar(struct document *d, const yaml_event_t *event, enum scalar_type type,
			 const char *json)
{
	if (type == SCALAR_STR)
		jsonw_strn(&d->w, (const char *)event->data.scalar.value, event->data.scalar.length);
	else
		jsonw_raw(&d->w, json, strlen(json));
}

static err_t take_scalar(struct document *d, const yaml_event_t *event, bool is_key)
{
	const char *anchor = (const char *)event->data.scalar.anchor;
	const size_t before = d->json.len;
	char json[SCALAR_JSON_SIZE];
	enum scalar_type type;
	const char *problem = type_of(event, &type, json);
	struct anchor text = {.nodes = 1};

	if (!problem && is_key)
		problem = write_key(d, event, type, json);
	else if (!problem)
		write_scalar(d, event, type, json);
	if (problem)
		return fail_at(&event->start_mark, ERR_INVALID, problem);
	if (is_key)
		d->frames[d->depth - 1].has_key = true;
	else
		end_value(d, 0);
	text.start = text_start(d, before);
	text.len = d->json.len - text.start - is_key; /* without the colon */
	if (anchor && !d->w.too_large)
		anchor_add(d, anchor, text);
	return NULL;
}

static err_t take_start(struct document *d, const yaml_event_t *event, bool is_mapping)
{
	const char *anchor = (const char *)(is_mapping ? event->data.mapping_start.anchor
						       : event->data.sequence_start.anchor);
	const char *tag =
		(const char *)(is_mapping ? event->data.mapping_start.tag : event->data.sequence_start.tag);
	const size_t before = d->json.len;

	if (tag && !streq(tag, "!") && !is_tag(tag, is_mapping ? "map" : "seq"))
		return fail_at(&event->start_mark, ERR_INVALID, "the tag does not fit or is not supported");
	if (d->depth == JSONX_DEPTH_MAX)
		return fail_at(&event->start_mark, ERR_INVALID, "nested too deep");
	if (anchor)
		(void)map_del(d->anchors, anchor); /* inside of itself the name is not known */
	if (is_mapping)
		jsonw_object(&d->w);
	else
		jsonw_array(&d->w);
	d->frames[d->depth++] = (struct document_frame){
		.is_mapping = is_mapping,
		.anchor = mem_strdup(anchor),
		.start = text_start(d, before),
		.nodes_before = d->nodes - 1,
	};
	return NULL;
}

static void take_end(struct document *d)
{
	struct document_frame *frame = &d->frames[d->depth - 1];
	CLEANUP(mem_freep) char *anchor = TAKE(frame->anchor);
	const int height = frame->height + 1;

	if (frame->is_mapping)
		jsonw_end_object(&d->w);
	else
		jsonw_end_array(&d->w);
	d->depth--;
	end_value(d, height);
	if (anchor && !d->w.too_large)
		anchor_add(d, anchor,
			   (struct anchor){.start = frame->start,
					   .len = d->json.len - frame->start,
					   .nodes = d->nodes - frame->nodes_before,
					   .height = height});
}

static err_t take_alias(struct document *d, const yaml_event_t *event)
{
	const struct anchor *anchor = map_get(d->anchors, (const char *)event->data.alias.anchor);
	CLEANUP(mem_freep) char *text = NULL;

	if (!anchor)
		return fail_at(&event->start_mark, ERR_INVALID, "an alias must follow its anchor");
	if (d->depth + anchor->height > JSONX_DEPTH_MAX)
		return fail_at(&event->start_mark, ERR_INVALID, "nested too deep");
	d->nodes += anchor->nodes - 1;
	if (d->nodes > YAML_NODES_MAX)
		return fail_at(&event->start_mark, ERR_TOO_LARGE, "too many nodes, aliases included");
	/* A copy, because the buffer may move as it grows. */
	text = mem_dup(d->json.p + anchor->start, anchor->len);
	jsonw_raw(&d->w, text, anchor->len);
	end_value(d, anchor->height);
	return NULL;
}

static err_t take_node(struct document *d, const yaml_event_t *event)
{
	const struct document_frame *frame = d->depth > 0 ? &d->frames[d->depth - 1] : NULL;
	const bool is_key = frame && frame->is_mapping && !frame->has_key;

	if (is_key && event->type != YAML_SCALAR_EVENT)
		return fail_at(&event->start_mark, ERR_INVALID, "a key must be a scalar");
	if (++d->nodes > YAML_NODES_MAX)
		return fail_at(&event->start_mark, ERR_TOO_LARGE, "too many nodes");
	if (event->type == YAML_SCALAR_EVENT)
		return take_scalar(d, event, is_key);
	if (event->type == YAML_ALIAS_EVENT)
		return take_alias(d, event);
	return take_start(d, event, event->type == YAML_MAPPING_START_EVENT);
}

static void reset(struct document *d)
{
	for (; d->depth > 0; d->depth--)
		mem_free(d->frames[d->depth - 1].anchor);
	map_clear(d->anchors);
	strbuf_reset(&d->json);
	jsonw_init_str(&d->w, &d->json);
	d->nodes = 0;
}

err_t document_init(struct document *d, const char *p, size_t len)
{
	*d = (struct document){.anchors = map_new(mem_free)};
	strbuf_init(&d->json, JSON_BYTES_MAX);
	if (!yaml_parser_initialize(&d->parser))
		return err_new(ERR_INTERNAL, "YAML: no memory for the parser");
	yaml_parser_set_input_string(&d->parser, (const unsigned char *)p, len);
	return NULL;
}

void document_release(struct document *d)
{
	reset(d);
	map_freep(&d->anchors);
	strbuf_release(&d->json);
	yaml_parser_delete(&d->parser);
}

/* What follows a document: without a look at it, "  a: 1" and then "b: 2" less indented would be a document
 * that silently ends after a. */
static err_t look_ahead(struct document *d)
{
	CLEANUP(yaml_event_delete) yaml_event_t event = {0};

	TRY_(next_event(d, &event));
	d->is_last = event.type == YAML_STREAM_END_EVENT;
	return NULL;
}

err_t document_next(struct document *d, bool *out_found)
{
	bool found = false, ended = d->is_last;

	reset(d);
	while (!found && !ended) {
		CLEANUP(yaml_event_delete) yaml_event_t event = {0};

		TRY_(next_event(d, &event));
		switch (event.type) {
		case YAML_STREAM_START_EVENT:
		case YAML_DOCUMENT_START_EVENT:
			break;
		case YAML_ALIAS_EVENT:
		case YAML_SCALAR_EVENT:
		case YAML_SEQUENCE_START_EVENT:
		case YAML_MAPPING_START_EVENT:
			TRY_(take_node(d, &event));
			break;
		case YAML_SEQUENCE_END_EVENT:
		case YAML_MAPPING_END_EVENT:
			take_end(d);
			break;
		case YAML_DOCUMENT_END_EVENT:
			TRY(jsonw_done(&d->w), "YAML");
			TRY_(look_ahead(d));
			found = true;
			break;
		case YAML_STREAM_END_EVENT:
		case YAML_NO_EVENT:
			ended = true;
			break;
		}
	}
	*out_found = found;
	return NULL;
}
