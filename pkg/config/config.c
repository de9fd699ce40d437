#include "config/config.h"
#include "base/mem.h"
#include "config/nearest.h"
#include "config/value.h"
#include <string.h>

/* Longer names and arguments are cut in errors. */
#define SHOWN_MAX 80

/* The text of one option, NULL for none. */
struct given {
	const char *text;
	bool from_environment;
	struct strv all; /* CONFIG_REPEATED: one text for each time */
};

struct parser {
	const struct config_option *options;
	size_t n;
	struct given *given; /* one for each option */
	bool help;
};

static err_t complain(const char *what, const char *p, size_t len, const char *hint)
{
	CLEANUP(mem_freep) char *text = mem_strndup(p, len);
	CLEANUP(strbuf_release) struct strbuf shown = {0};

	strbuf_init(&shown, SHOWN_MAX);
	str_add_printable(&shown, text, SHOWN_MAX);
	return err_new(ERR_INVALID, "%s %s; %s", what, shown.p, hint);
}

/* arg is shown up to its '=', because what follows may be secret. */
static err_t unknown_flag(const struct parser *p, const char *arg, const char *name, size_t len)
{
	CLEANUP(mem_freep) char *text = mem_strndup(name, len);
	CLEANUP(mem_freep) char *hint = NULL;
	const char *nearest = config_nearest(p->options, p->n, text);

	hint = nearest ? mem_printf("did you mean --%s?", nearest) : mem_strdup("--help lists all flags");
	return complain("unknown flag", arg, (size_t)(name - arg) + len, hint);
}

static const struct config_option *find_flag(const struct parser *p, const char *name, size_t len)
{
	for (size_t i = 0; i < p->n; i++) {
		const char *flag = p->options[i].flag;

		if (flag && strlen(flag) == len && memcmp(flag, name, len) == 0)
			return &p->options[i];
	}
	return NULL;
}

static bool is_help(const char *name, size_t len)
{
	return (len == 1 && *name == 'h') || (len == 4 && memcmp(name, "help", 4) == 0);
}

/* One flag at argv[*i]; moves *i on when the value is the next argument. */
static err_t take_flag(struct parser *p, const char *const *argv, int *i)
{
	const char *arg = argv[*i];
	const char *name = arg + (arg[1] == '-' ? 2 : 1);
	const size_t len = strcspn(name, "=");
	const char *value = name[len] == '=' ? name + len + 1 : NULL;
	const struct config_option *o = find_flag(p, name, len);

	if (is_help(name, len)) {
		p->help = true;
		return NULL;
	}
	if (!o)
		return unknown_flag(p, arg, name, len);
	if (!value && (o->type == CONFIG_BOOL || o->type == CONFIG_AUTO))
		value = "true";
	if (!value)
		value = o->bare;
	if (!value) {
		if (!argv[*i + 1])
			return err_new(ERR_INVALID, "--%s needs a value", o->flag);
		value = argv[++*i];
	}
	struct given *given = &p->given[o - p->options];
	given->text = value;
	if (o->type == CONFIG_REPEATED)
		strv_add(&given->all, value);
	return NULL;
}

static err_t take_arguments(struct parser *p, int argc, const char *const *argv)
{
	for (int i = 1; i < argc && !p->help; i++) {
		const char *arg = argv[i];
		const bool is_flag = arg[0] == '-' && arg[1] != '\0' && !streq(arg, "--");

		if (!is_flag)
			return complain("unexpected argument", arg, strlen(arg), "only flags are taken");
		TRY_(take_flag(p, argv, &i));
	}
	return NULL;
}

static const char *environment_find(const char *const *environment, const char *name)
{
	const size_t len = strlen(name);

	for (; *environment; environment++) {
		if (strncmp(*environment, name, len) == 0 && (*environment)[len] == '=')
			return *environment + len + 1;
	}
	return NULL;
}

/* What no flag gave comes from the environment or is the default. */
static void take_rest(struct parser *p, const char *const *environment)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct config_option *o = &p->options[i];
		const char *text = o->env ? environment_find(environment, o->env) : NULL;

		if (p->given[i].text)
			continue;
		if (!str_empty(text))
			p->given[i] = (struct given){.text = text, .from_environment = true};
		else
			p->given[i].text = o->otherwise;
	}
}

static err_t set_values(const struct parser *p, void *config)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct config_option *o = &p->options[i];
		const struct given *given = &p->given[i];
		const bool is_repeated = o->type == CONFIG_REPEATED;
		const bool by_variable = given->from_environment || !o->flag;
		CLEANUP(mem_freep) char *name = NULL;

		if (!given->text)
			continue;
		name = mem_printf("%s%s", by_variable ? "" : "--", by_variable ? o->env : o->flag);
		for (size_t k = 0; k < (is_repeated ? given->all.n : 1); k++)
			TRY_(config_value_set(o, name, is_repeated ? given->all.v[k] : given->text, config));
	}
	return NULL;
}

static void parser_release(struct parser *p)
{
	for (size_t i = 0; i < p->n; i++)
		strv_release(&p->given[i].all);
	mem_freep(&p->given);
}

err_t config_parse(const struct config_option *options, size_t n, int argc, const char *const *argv,
		   const char *const *environment, void *config, bool *out_help)
{
	CLEANUP(parser_release)
	struct parser p = {.options = options, .n = n, .given = mem_calloc(n, sizeof(struct given))};
	err_t e;

	TRY_(take_arguments(&p, argc, argv));
	if (p.help) {
		*out_help = true;
		return NULL;
	}
	take_rest(&p, environment);
	for (size_t i = 0; i < n; i++)
		config_value_init(&options[i], config);
	e = set_values(&p, config);
	if (e)
		config_release(options, n, config);
	else
		*out_help = false;
	return e;
}

void config_release(const struct config_option *options, size_t n, void *config)
{
	for (size_t i = 0; i < n; i++)
		config_value_release(&options[i], config);
}
