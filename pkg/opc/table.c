#include "opc/table.h"

#include "base/mem.h"

#include <string.h>

#define GAP 3
#define CELL_MAX 1000
#define NARROWEST 8

void table_release(struct table *t)
{
	strv_release(&t->cells);
	*t = (struct table){0};
}

void table_row(struct table *t, const char *const *cells, size_t n)
{
	t->n_columns = t->n_columns > 0 ? t->n_columns : n < TABLE_COLUMNS_MAX ? n : TABLE_COLUMNS_MAX;
	for (size_t i = 0; i < t->n_columns; i++) {
		CLEANUP(strbuf_release) struct strbuf shown = {0};

		strbuf_init(&shown, (size_t)4 * CELL_MAX);
		str_add_printable(&shown, i < n && cells[i] ? cells[i] : "", CELL_MAX);
		strv_add(&t->cells, shown.p);
	}
}

/* Characters, not bytes. */
static size_t length(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static void measure(const struct table *t, size_t *widths)
{
	for (size_t i = 0; i < t->cells.n; i++) {
		const size_t len = length(t->cells.v[i]);

		if (len > widths[i % t->n_columns])
			widths[i % t->n_columns] = len;
	}
}

/* Takes from the widest column until all fit. */
static void shrink(size_t *widths, size_t n, size_t width)
{
	size_t sum = (n - 1) * GAP;

	for (size_t i = 0; i < n; i++)
		sum += widths[i];
	for (; sum > width; sum--) {
		size_t widest = 0;

		for (size_t i = 1; i < n; i++)
			widest = widths[i] > widths[widest] ? i : widest;
		if (widths[widest] <= NARROWEST)
			return;
		widths[widest]--;
	}
}

static void write_cell(const char *text, size_t width, bool last, struct strbuf *out)
{
	const size_t len = length(text);
	size_t n = 0;

	if (len <= width) {
		strbuf_adds(out, text);
		for (size_t i = len; !last && i < width + GAP; i++)
			strbuf_addc(out, ' ');
		return;
	}
	for (; *text; text++) {
		n += ((unsigned char)*text & 0xc0) != 0x80;
		if (n >= width)
			break;
		strbuf_addc(out, *text);
	}
	strbuf_adds(out, last ? "…" : "…   ");
}

void table_write(const struct table *t, size_t width, bool bold, struct strbuf *out)
{
	size_t widths[TABLE_COLUMNS_MAX] = {0};

	if (t->n_columns == 0)
		return;
	measure(t, widths);
	if (width > 0)
		shrink(widths, t->n_columns, width);
	for (size_t i = 0; i < t->cells.n; i++) {
		const size_t column = i % t->n_columns;
		const bool last = column + 1 == t->n_columns;

		if (bold && i == 0)
			strbuf_adds(out, "\033[1m");
		write_cell(t->cells.v[i], widths[column], last, out);
		if (bold && i + 1 == t->n_columns)
			strbuf_adds(out, "\033[0m");
		if (last)
			strbuf_addc(out, '\n');
	}
}

char *table_age(int64_t seconds)
{
	const long long s = seconds > 0 ? seconds : 0;

	if (s < 120)
		return mem_printf("%llds", s);
	if (s < 2LL * 3600)
		return mem_printf("%lldm", s / 60);
	return s < 48LL * 3600 ? mem_printf("%lldh", s / 3600) : mem_printf("%lldd", s / 86400);
}
