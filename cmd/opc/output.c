#include "opc.h"

#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

err_t print_bytes(const char *p, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDOUT_FILENO, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_new(ERR_UNAVAILABLE, "standard output: %m");
		p += n;
		len -= (size_t)n;
	}
	return NULL;
}

static NODISCARD err_t parse_mode(const char *text, mode_t *out)
{
	char *end = NULL;
	const unsigned long mode = strtoul(text, &end, 8);

	if (end == text || *end || mode > 0777)
		return err_new(ERR_INVALID, "--file-mode is an octal number such as 0600");
	*out = (mode_t)mode;
	return NULL;
}

/* Asked only where somebody can answer. */
static NODISCARD err_t may_overwrite(const char *path)
{
	char answer[8] = "";

	if (!isatty(STDIN_FILENO))
		return err_new(ERR_EXISTS, "%s exists already; --force overwrites it", path);
	fprintf(stderr, "%s exists already. Overwrite it? [y/N] ", path);
	if (!fgets(answer, sizeof(answer), stdin) || (answer[0] != 'y' && answer[0] != 'Y'))
		return err_new(ERR_EXISTS, "%s was not overwritten", path);
	return NULL;
}

struct output {
	const struct output_settings *settings;
	struct file_writer *file; /* NULL: standard output */
};

void output_freep(struct output **o)
{
	if (*o)
		file_writer_freep(&(*o)->file);
	mem_free(*o);
	*o = NULL;
}

err_t output_begin(const struct output_settings *s, struct output **out)
{
	CLEANUP(output_freep) struct output *o = MEM_NEW(struct output);
	mode_t mode = 0;

	o->settings = s;
	if (!str_empty(s->out_file)) {
		TRY_(parse_mode(s->file_mode, &mode));
		if (!s->force && access(s->out_file, F_OK) == 0)
			TRY_(may_overwrite(s->out_file));
		TRY_(file_writer_new(s->out_file, mode, &o->file));
	}
	*out = TAKE(o);
	return NULL;
}

err_t output_add(struct output *o, const struct secret *piece)
{
	return o->file ? file_writer_add(o->file, secret_bytes(piece), secret_len(piece))
		       : print_bytes(secret_bytes(piece), secret_len(piece));
}

err_t output_end(struct output *o)
{
	if (!o->file)
		return NULL;
	TRY_(file_writer_end(o->file));
	printf("%s\n", o->settings->out_file);
	return NULL;
}

err_t output_write(const struct output_settings *s, const struct secret *content)
{
	CLEANUP(output_freep) struct output *o = NULL;

	TRY_(output_begin(s, &o));
	TRY_(output_add(o, content));
	return output_end(o);
}

/* 0: no terminal, no limit. */
static size_t terminal_width(void)
{
	struct winsize size = {0};

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
		return 0;
	return size.ws_col;
}

err_t print_table(const struct table *t, bool no_color)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
	const bool bold = isatty(STDOUT_FILENO) && !no_color && str_empty(getenv("NO_COLOR"));
	CLEANUP(strbuf_release) struct strbuf text = {0};

	strbuf_init(&text, (size_t)64 << 20);
	table_write(t, terminal_width(), bold, &text);
	TRY_(strbuf_check(&text, "the table"));
	return print_bytes(text.p, text.len);
}

const char *text_of(const struct jsonx *object, const char *member)
{
	const char *s = jsonx_get_str(object, member);

	return s ? s : "";
}
