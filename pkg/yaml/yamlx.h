#ifndef YAML_YAMLX_H
#define YAML_YAMLX_H

#include "json/json.h"

/* YAML read as JSON, with the meaning that kubectl gives it: what is not quoted may be null (also ~ or
 * nothing), a boolean (also yes, no, on, off, y, n), a whole number (also 0x1f, 0o17, 0644, 1_000) or a
 * decimal. Keys are strings, of equal ones the last wins. Refused: merges with `<<`, tags other than the JSON
 * types', keys that are null or no scalar, .inf and .nan. Ceilings: depth JSONX_DEPTH_MAX, YAML_NODES_MAX
 * nodes with aliases expanded. Errors name line and column, never the text. Made for files of people, not for
 * the network. */
#define YAML_BYTES_MAX (4u << 20)
#define YAML_NODES_MAX 200000u

/* The first document of a text; NULL when there is none or it is null. */
err_t yamlx_parse(const char *p, size_t len, struct jsonx **out) NODISCARD;

/* All documents of a stream, one call of each per document (those that are empty or null are left out); an
 * error of on_doc ends it. */
err_t yamlx_parse_all(const char *p, size_t len, err_t (*on_doc)(void *arg, const struct jsonx *doc),
		      void *arg) NODISCARD;

#endif
