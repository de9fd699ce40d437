#include "vault/token_text.h"

#include "base/mem.h"

#include <string.h>

#define SECOND_MS INT64_C(1000)
#define DAY_MS (24 * 3600 * SECOND_MS)
#define LIFETIME_MAX_MS (3653 * DAY_MS)

void grant_text_release(struct grant_text *g)
{
	mem_freep(&g->vault);
}

err_t grant_text_parse(const char *text, struct grant_text *out)
{
	static const struct {
		const char *suffix;
		unsigned int rights;
	} forms[] = {{",rw", VAULT_READ | VAULT_WRITE}, {",r", VAULT_READ}, {",w", VAULT_WRITE}};
	size_t len = strlen(text);
	unsigned int rights = VAULT_READ | VAULT_WRITE;

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		if (str_has_suffix(text, forms[i].suffix)) {
			len -= strlen(forms[i].suffix);
			rights = forms[i].rights;
			break;
		}
	}
	if (len == 0)
		return err_new(ERR_INVALID, "--vault: write the vault's name or id, then ,r ,w or ,rw");
	out->vault = mem_strndup(text, len);
	out->rights = rights;
	return NULL;
}

static NODISCARD err_t not_found(const char *name)
{
	CLEANUP(strbuf_release) struct strbuf shown = {0};

	strbuf_init(&shown, 64);
	str_add_printable(&shown, name, 64);
	return err_new(ERR_NOT_FOUND, "there is no vault \"%s\"; `connect-server vault list` shows all",
		       shown.p);
}

err_t grant_text_resolve(const struct grant_text *g, const struct vault_infos *vaults,
			 struct vault_grant *out)
{
	const struct vault_info *found = NULL;

	for (size_t i = 0; i < vaults->n; i++) {
		const struct vault_info *v = &vaults->v[i];

		if (streq(v->id, g->vault)) {
			found = v;
			break;
		}
		if (!streq(v->name, g->vault))
			continue;
		if (found)
			return err_new(ERR_INVALID, "several vaults have that name; give the id: %s or %s",
				       found->id, v->id);
		found = v;
	}
	if (!found)
		return not_found(g->vault);
	object_id_set(out->vault_id, found->id);
	out->rights = g->rights;
	return NULL;
}

static int64_t unit_ms(char c)
{
	switch (c) {
	case 's':
		return SECOND_MS;
	case 'm':
		return 60 * SECOND_MS;
	case 'h':
		return 3600 * SECOND_MS;
	case 'd':
		return DAY_MS;
	case 'w':
		return 7 * DAY_MS;
	default:
		return 0;
	}
}

err_t lifetime_parse_ms(const char *text, int64_t *out)
{
	int64_t sum = 0;
	bool good = *text != '\0';

	for (const char *p = text; good && *p;) {
		const size_t digits = strspn(p, "0123456789");
		CLEANUP(mem_freep) char *number = mem_strndup(p, digits);
		const int64_t unit = unit_ms(p[digits]);
		int64_t n = 0;

		good = unit > 0 && str_to_int(number, 0, LIFETIME_MAX_MS / unit, &n);
		sum += good ? n * unit : 0;
		good = good && sum <= LIFETIME_MAX_MS;
		p += digits + 1;
	}
	if (!good || sum == 0)
		return err_new(
			ERR_INVALID,
			"a lifetime is a number with s, m, h, d or w, for example 90d or 1w2d, of at most "
			"ten years");
	*out = sum;
	return NULL;
}
