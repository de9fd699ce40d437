#ifndef YAML_YAMLX_H
#define YAML_YAMLX_H

#include "json/json.h"

/* YAML read as JSON: the first document of a text becomes JSON text by YAML's core schema, as kubectl reads
 * it (plain scalars true/false, null, ~, whole numbers and decimals are typed; quoted ones are strings; `<<`
 * merges are refused). Ceilings: depth JSONX_DEPTH_MAX, YAML_NODES_MAX nodes with aliases expanded. Errors
 * name line and column, never the text. */
#define YAML_BYTES_MAX (4u << 20)
#define YAML_NODES_MAX 200000u

err_t yamlx_parse(const char *p, size_t len, struct jsonx **out) NODISCARD;

/* All documents of a stream, one call of each per document (empty ones are left out); an error of on_doc ends
 * it. */
err_t yamlx_parse_all(const char *p, size_t len, err_t (*on_doc)(void *arg, const struct jsonx *doc),
		      void *arg) NODISCARD;

#endif
