#include "base/log_line.h"

#include "base/clock.h"
#include "base/utf8.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What is always added at the end: closing quote, suppressed and its number, cut, brace, newline. */
#define END_MAX 64

struct line {
	struct strbuf *out;
	enum log_format format;
	size_t max; /* where the text is cut, so that the end still fits */
	bool cut;
	bool first;
};

static const char *const level_names[][2] = {
	[LOG_DEBUG] = {"debug", "DEBUG"},
	[LOG_INFO] = {"info", "INFO"},
	[LOG_WARN] = {"warn", "WARN"},
	[LOG_ERROR] = {"error", "ERROR"},
};

static bool fits(struct line *l, size_t len)
{
	if (l->cut || l->out->len + len > l->max) {
		l->cut = true;
		return false;
	}
	return true;
}

/* How one character that cannot stand for itself is written; broken is a byte that is no UTF-8. */
static int escape(enum log_format format, uint32_t code, bool broken, char out[16])
{
	if (code == '\n' || code == '\t' || code == '\r')
		return snprintf(out, 16, "\\%c", code == '\n' ? 'n' : code == '\t' ? 't' : 'r');
	if (broken)
		return format == LOG_JSON ? snprintf(out, 16, "\\ufffd")
					  : snprintf(out, 16, "\\x%02" PRIx32, code);
	if (code == '"' || code == '\\')
		return snprintf(out, 16, "\\%c", (char)code);
	return snprintf(out, 16, "\\u%04" PRIx32, code);
}

static void add_text(struct line *l, const char *s, bool quoted)
{
	const size_t len = strlen(s);
	char escaped[16];

	for (size_t i = 0; i < len;) {
		uint32_t code = (uint8_t)s[i];
		const size_t n = utf8_decode(s + i, len - i, &code);
		const bool bare =
			n > 0 && !utf8_is_control(code) && !(quoted && (code == '"' || code == '\\'));
		const size_t width = bare ? n : (size_t)escape(l->format, code, n == 0, escaped);

		if (!fits(l, width))
			return;
		strbuf_add(l->out, bare ? s + i : escaped, width);
		i += n > 0 ? n : 1;
	}
}

static bool needs_quotes(const char *s)
{
	if (*s == '\0')
		return true;
	for (; *s != '\0'; s++) {
		if ((uint8_t)*s <= ' ' || (uint8_t)*s >= 0x7f || strchr("\"\\=", *s))
			return true;
	}
	return false;
}

/* Begins a field; false when there is no more room for one. */
static bool add_key(struct line *l, const char *key)
{
	/* With room for quotes around key and value. */
	if (!fits(l, strlen(key) + 8))
		return false;
	if (l->format == LOG_JSON)
		strbuf_addf(l->out, "%s\"%s\":", l->first ? "{" : ",", key);
	else
		strbuf_addf(l->out, " %s=", key);
	l->first = false;
	return true;
}

static void add_str(struct line *l, const char *key, const char *value)
{
	if (!value || !add_key(l, key))
		return;
	const bool quoted = l->format == LOG_JSON || needs_quotes(value);
	if (quoted)
		strbuf_addc(l->out, '"');
	add_text(l, value, quoted);
	if (quoted)
		strbuf_addc(l->out, '"');
}

static void add_bare(struct line *l, const char *key, const char *value)
{
	if (fits(l, strlen(value)) && add_key(l, key))
		strbuf_adds(l->out, value);
}

static void add_int(struct line *l, const char *key, int64_t value)
{
	char number[24];

	(void)snprintf(number, sizeof(number), "%" PRId64, value);
	add_bare(l, key, number);
}

static void add_fields(struct line *l, const struct log_field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct log_field *f = &fields[i];

		switch (f->type) {
		case LOG_FIELD_STR:
			add_str(l, f->key, f->u.str);
			break;
		case LOG_FIELD_INT:
			add_int(l, f->key, f->u.num);
			break;
		case LOG_FIELD_BOOL:
			add_bare(l, f->key, f->u.num ? "true" : "false");
			break;
		case LOG_FIELD_ERR:
			if (f->u.err) {
				add_str(l, "kind", err_kind_name(err_kind(f->u.err)));
				add_str(l, f->key, err_text(f->u.err));
			}
			break;
		}
	}
}

/* true: it is a number. */
static bool format_time(const struct log_event *event, char out[CLOCK_RFC3339_SIZE])
{
	const int64_t ms = event->wall_ms;

	switch (event->time) {
	case LOG_TIME_EPOCH:
		(void)snprintf(out, CLOCK_RFC3339_SIZE, "%" PRId64 ".%03d", ms / 1000, (int)(ms % 1000));
		return true;
	case LOG_TIME_MILLIS:
		(void)snprintf(out, CLOCK_RFC3339_SIZE, "%" PRId64, ms);
		return true;
	case LOG_TIME_NANOS:
		(void)snprintf(out, CLOCK_RFC3339_SIZE, "%" PRId64 "000000", ms);
		return true;
	case LOG_TIME_RFC3339:
		clock_format_rfc3339(ms, 0, out);
		return false;
	case LOG_TIME_ISO8601:
		clock_format_rfc3339(ms, 3, out);
		memcpy(strchr(out, 'Z'), "+0000", sizeof("+0000"));
		return false;
	case LOG_TIME_RFC3339NANO:
	case LOG_TIME_RFC3339_MS:
		clock_format_rfc3339(ms, 3, out);
		return false;
	}
	return false;
}

static void add_head(struct line *l, const struct log_event *event)
{
	const char *name = event->logger ? event->logger->name : NULL;
	char time[CLOCK_RFC3339_SIZE];
	const bool is_number = format_time(event, time);

	if (l->format == LOG_JSON) {
		if (is_number)
			add_bare(l, "ts", time);
		else
			add_str(l, "ts", time);
		add_str(l, "level", level_names[event->level][0]);
		add_str(l, "logger", name);
		add_str(l, "msg", event->msg);
		return;
	}
	strbuf_addf(l->out, "%s %s ", time, level_names[event->level][1]);
	if (name) {
		add_text(l, name, false);
		strbuf_addc(l->out, ' ');
	}
	add_text(l, event->msg, false);
}

void log_line_format(const struct log_event *event, enum log_format format, struct strbuf *out)
{
	struct line l = {
		.out = out, .format = format, .max = out->len + LOG_LINE_MAX - END_MAX, .first = true};

	add_head(&l, event);
	if (event->logger)
		add_fields(&l, event->logger->fields, event->logger->n);
	add_fields(&l, event->fields, event->n);
	/* From here on into the room that was kept for the end. */
	const bool cut = l.cut;
	l.cut = false;
	l.max += END_MAX;
	if (event->suppressed > 0)
		add_int(&l, "suppressed", event->suppressed);
	if (cut)
		add_bare(&l, "cut", "true");
	strbuf_adds(out, format == LOG_JSON ? "}\n" : "\n");
}
