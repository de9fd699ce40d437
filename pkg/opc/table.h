#ifndef OPC_TABLE_H
#define OPC_TABLE_H

#include "base/str.h"

/* Rows of text as columns, made to fit: where a line would be wider, the widest columns are cut. */
struct table {
	struct strv cells; /* row by row */
	size_t n_columns;
};

#define TABLE_COLUMNS_MAX 12

void table_release(struct table *t); /* for CLEANUP */

/* One row of n cells; the first row is the head and says how many columns there are. What is not printable
 * is replaced. NULL is an empty cell. */
void table_row(struct table *t, const char *const *cells, size_t n);

/* width 0: no limit. bold: the head stands out, by terminal codes. */
void table_write(const struct table *t, size_t width, bool bold, struct strbuf *out);

/* "5m", "3h", "2d": how long ago, as kubectl says it. Caller frees. */
char *table_age(int64_t seconds);

#endif
