#include "config/value.h"
#include "base/mem.h"
#include "base/secret.h"
#include <inttypes.h>
#include <string.h>

/* Longest number of seconds that fits as nanoseconds. */
#define SECONDS_MAX (INT64_MAX / NS_PER_S)
/* A longer value is cut in errors. */
#define SHOWN_MAX 80
#define DESCRIPTION_MAX 400

static void *member_of(const struct config_option *o, void *config)
{
	return (char *)config + o->offset;
}

static bool has_range(const struct config_option *o)
{
	return o->min != 0 || o->max != 0;
}

void config_value_init(const struct config_option *o, void *config)
{
	void *member = member_of(o, config);

	switch (o->type) {
	case CONFIG_STR:
		*(char **)member = mem_strdup("");
		break;
	case CONFIG_INT:
	case CONFIG_DURATION:
	case CONFIG_SECONDS:
		*(int64_t *)member = 0;
		break;
	case CONFIG_BOOL:
		*(bool *)member = false;
		break;
	case CONFIG_AUTO:
		*(enum config_auto *)member = CONFIG_AUTO_UNSET;
		break;
	case CONFIG_LIST:
	case CONFIG_REPEATED:
		*(struct strv *)member = (struct strv){0};
		break;
	case CONFIG_SECRET:
		*(struct secret **)member = NULL;
		break;
	}
}

void config_value_release(const struct config_option *o, void *config)
{
	void *member = member_of(o, config);

	switch (o->type) {
	case CONFIG_STR:
		mem_free(TAKE(*(char **)member));
		break;
	case CONFIG_LIST:
	case CONFIG_REPEATED:
		strv_release(member);
		break;
	case CONFIG_SECRET:
		secret_free(TAKE(*(struct secret **)member));
		break;
	case CONFIG_INT:
	case CONFIG_DURATION:
	case CONFIG_SECONDS:
	case CONFIG_BOOL:
	case CONFIG_AUTO:
		break;
	}
}

static bool set_str(const struct config_option *o, const char *text, char **member)
{
	for (size_t i = 0; o->allowed && !streq(o->allowed[i], text); i++) {
		if (!o->allowed[i])
			return false;
	}
	mem_free(*member);
	*member = mem_strdup(text);
	return true;
}

static bool set_int(const struct config_option *o, const char *text, int64_t *member)
{
	const bool ranged = has_range(o);

	return str_to_int(text, ranged ? o->min : INT64_MIN, ranged ? o->max : INT64_MAX, member);
}

static bool set_duration(const struct config_option *o, const char *text, int64_t *member)
{
	int64_t ns;

	if (!str_to_duration_ns(text, &ns) || (has_range(o) && (ns < o->min || ns > o->max)))
		return false;
	*member = ns;
	return true;
}

static bool set_seconds(const struct config_option *o, const char *text, int64_t *member)
{
	int64_t seconds;

	if (!set_int(o, text, &seconds) || seconds > SECONDS_MAX || seconds < -SECONDS_MAX)
		return false;
	*member = seconds * NS_PER_S;
	return true;
}

static void set_list(const char *text, struct strv *member)
{
	static const char space[] = " \t\r\n";

	strv_release(member);
	for (const char *p = text;;) {
		const size_t piece_len = strcspn(p, ",");
		const size_t before = strspn(p, space);
		size_t len = piece_len;

		while (len > before && strchr(space, p[len - 1]))
			len--;
		if (len > before) {
			char *piece = mem_strndup(p + before, len - before);

			strv_add_take(member, &piece);
		}
		if (p[piece_len] == '\0')
			return;
		p += piece_len + 1;
	}
}

static void set_secret(const char *text, struct secret **member)
{
	secret_free(*member);
	*member = secret_from_str(text);
}

static bool set_auto(const char *text, enum config_auto *member)
{
	bool on;

	if (streq(text, "auto")) {
		*member = CONFIG_AUTO_UNSET;
		return true;
	}
	if (!str_to_bool(text, &on))
		return false;
	*member = on ? CONFIG_AUTO_ON : CONFIG_AUTO_OFF;
	return true;
}

static bool set(const struct config_option *o, const char *text, void *member)
{
	switch (o->type) {
	case CONFIG_STR:
		return set_str(o, text, member);
	case CONFIG_INT:
		return set_int(o, text, member);
	case CONFIG_BOOL:
		return str_to_bool(text, member);
	case CONFIG_AUTO:
		return set_auto(text, member);
	case CONFIG_DURATION:
		return set_duration(o, text, member);
	case CONFIG_SECONDS:
		return set_seconds(o, text, member);
	case CONFIG_LIST:
		set_list(text, member);
		break;
	case CONFIG_REPEATED:
		strv_add(member, text);
		break;
	case CONFIG_SECRET:
		set_secret(text, member);
		break;
	}
	return true;
}

err_t config_value_set(const struct config_option *o, const char *name, const char *text, void *config)
{
	CLEANUP(strbuf_release) struct strbuf shown = {0};
	CLEANUP(strbuf_release) struct strbuf want = {0};

	if (set(o, text, member_of(o, config)))
		return NULL;
	/* Only types that hold no secret can fail. */
	strbuf_init(&shown, SHOWN_MAX);
	str_add_printable(&shown, text, SHOWN_MAX);
	strbuf_init(&want, DESCRIPTION_MAX);
	config_value_describe(o, &want);
	return err_new(ERR_INVALID, "%s: \"%s\" must be %s", name, shown.p, want.p);
}

static void add_number(struct strbuf *out, int64_t n)
{
	strbuf_addf(out, "%" PRId64, n);
}

static void add_duration(struct strbuf *out, int64_t ns)
{
	const int64_t seconds = ns / NS_PER_S;

	if (ns % NS_PER_S != 0)
		strbuf_addf(out, "%" PRId64 "ms", ns / NS_PER_MS);
	else if (seconds % 3600 == 0 && seconds != 0)
		strbuf_addf(out, "%" PRId64 "h", seconds / 3600);
	else if (seconds % 60 == 0 && seconds != 0)
		strbuf_addf(out, "%" PRId64 "m", seconds / 60);
	else
		strbuf_addf(out, "%" PRId64 "s", seconds);
}

static void add_range(const struct config_option *o, void (*add)(struct strbuf *out, int64_t n),
		      struct strbuf *out)
{
	if (!has_range(o))
		return;
	strbuf_adds(out, o->max == INT64_MAX ? " of at least " : " from ");
	add(out, o->min);
	if (o->max == INT64_MAX)
		return;
	strbuf_adds(out, " to ");
	add(out, o->max);
}

void config_value_describe(const struct config_option *o, struct strbuf *out)
{
	switch (o->type) {
	case CONFIG_STR:
		strbuf_adds(out, o->allowed ? "one of " : "text");
		for (size_t i = 0, said = 0; o->allowed && o->allowed[i]; i++)
			if (*o->allowed[i]) /* the empty one is the one that is not given */
				strbuf_addf(out, "%s%s", said++ > 0 ? ", " : "", o->allowed[i]);
		break;
	case CONFIG_INT:
		strbuf_adds(out, "a whole number");
		add_range(o, add_number, out);
		break;
	case CONFIG_BOOL:
		strbuf_adds(out, "true or false");
		break;
	case CONFIG_AUTO:
		strbuf_adds(out, "true, false or auto");
		break;
	case CONFIG_DURATION:
		strbuf_adds(out, "a duration such as 90s or 1h30m");
		add_range(o, add_duration, out);
		break;
	case CONFIG_SECONDS:
		strbuf_adds(out, "a whole number of seconds");
		add_range(o, add_number, out);
		break;
	case CONFIG_LIST:
		strbuf_adds(out, "a comma-separated list");
		break;
	case CONFIG_REPEATED:
		strbuf_adds(out, "text; may be given several times");
		break;
	case CONFIG_SECRET:
		strbuf_adds(out, "secret text");
		break;
	}
}
