#ifndef YAML_DOCUMENT_H
#define YAML_DOCUMENT_H

#include "base/map.h"
#include "json/jsonw.h"
#include <yaml.h>

/* The documents of a YAML stream, one after the other, as JSON text. */

/* An object or array that is open. */
struct document_frame {
	bool is_mapping;
	bool has_key; /* of a mapping: the next node is the value */
	char *anchor; /* or NULL */
	size_t start, nodes_before;
	int height;
};

struct document {
	struct strbuf json; /* the result */
	struct jsonw w;
	yaml_parser_t parser;
	bool is_last; /* no document follows */
	struct map *anchors;
	size_t nodes;
	struct document_frame frames[JSONX_DEPTH_MAX];
	int depth;
};

/* p must live as long as d. Release d also after an error. */
err_t document_init(struct document *d, const char *p, size_t len) NODISCARD;
void document_release(struct document *d);

err_t document_next(struct document *d, bool *out_found) NODISCARD;

#endif
