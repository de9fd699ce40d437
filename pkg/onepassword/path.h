#ifndef ONEPASSWORD_PATH_H
#define ONEPASSWORD_PATH_H

#include "base/err.h"

#define ITEM_PATH_MAX 1024

/* The itemPath of a OnePasswordItem: vaults/<id or title>/items/<id or title>, split at every '/', nothing
 * trimmed or decoded, as 1Password's operator reads it; at most ITEM_PATH_MAX bytes. */
struct item_path {
	char *vault;
	char *item;
};

err_t item_path_parse(const char *text, struct item_path *out) NODISCARD; /* ERR_INVALID says what is right */
void item_path_release(struct item_path *p);

#endif
