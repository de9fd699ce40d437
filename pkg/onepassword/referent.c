#include "onepassword/referent.h"

#include "base/crypto_sshkey.h"
#include "base/mem.h"
#include "onepassword/fold.h"

#include <string.h>

static bool is_named(const struct jsonx *object, const char *name_member, const char *name)
{
	const char *id = jsonx_get_str(object, "id"), *called = jsonx_get_str(object, name_member);

	return (id && fold_equal(id, name)) || (called && fold_equal(called, name));
}

/* Of the section that is asked for; without one all count. */
static bool is_in_section(const struct jsonx *item, const struct jsonx *element, const char *section)
{
	const char *id = jsonx_get_str(jsonx_get(element, "section"), "id");
	const struct jsonx *sections = jsonx_get(item, "sections");

	if (!section)
		return true;
	if (id && fold_equal(id, section))
		return true;
	for (size_t i = 0; id && i < jsonx_len(sections); i++) {
		const struct jsonx *s = jsonx_at(sections, i);

		if (streq(jsonx_get_str(s, "id"), id) && is_named(s, "label", section))
			return true;
	}
	return false;
}

/* A field without a section comes before others of that name, an earlier one before a later one. */
static const struct jsonx *find_element(const struct jsonx *item, const char *list_member,
					const char *name_member, const struct op_reference *r)
{
	const struct jsonx *list = jsonx_get(item, list_member), *found = NULL;

	for (size_t i = 0; i < jsonx_len(list); i++) {
		const struct jsonx *element = jsonx_at(list, i);

		if (!is_named(element, name_member, r->field) || !is_in_section(item, element, r->section))
			continue;
		if (!jsonx_get(element, "section"))
			return element;
		found = found ? found : element;
	}
	return found;
}

static NODISCARD err_t add_text(const struct jsonx *element, const char *member, struct secret *out)
{
	const char *p = NULL;
	size_t len = 0;

	if (jsonx_strn(jsonx_get(element, member), &p, &len))
		return secret_add(out, p, len);
	return NULL;
}

static NODISCARD err_t add_type(const struct jsonx *element, struct secret *out)
{
	const char *type = jsonx_get_str(element, "type");

	for (; type && *type; type++) {
		const char lower = (char)(*type >= 'A' && *type <= 'Z' ? *type - 'A' + 'a' : *type);

		TRY_(secret_add(out, &lower, 1));
	}
	return NULL;
}

static NODISCARD err_t add_openssh(const struct jsonx *field, struct secret *out)
{
	const char *p = NULL;
	size_t len = 0;

	if (!jsonx_strn(jsonx_get(field, "value"), &p, &len))
		return NULL;
	return err_wrap(crypto_sshkey_openssh(p, len, out), "ssh-format=openssh");
}

static NODISCARD err_t add_field(const struct jsonx *field, enum op_attribute attribute, struct secret *out)
{
	switch (attribute) {
	case OP_ATTRIBUTE_VALUE:
		return add_text(field, "value", out);
	case OP_ATTRIBUTE_TYPE:
		return add_type(field, out);
	case OP_ATTRIBUTE_ID:
		return add_text(field, "id", out);
	case OP_ATTRIBUTE_PURPOSE:
		return add_text(field, "purpose", out);
	case OP_ATTRIBUTE_OTP:
		if (!jsonx_get(field, "totp"))
			return err_new(
				ERR_INVALID,
				"the field is no one-time password, or the server does not compute its code");
		return add_text(field, "totp", out);
	case OP_ATTRIBUTE_OPENSSH:
		return add_openssh(field, out);
	case OP_ATTRIBUTE_SIZE:
	case OP_ATTRIBUTE_NAME:
		break;
	}
	return err_new(ERR_INVALID, "size and name are attributes of files; the reference leads to a field");
}

static NODISCARD err_t add_file(const struct jsonx *file, enum op_attribute attribute, struct secret *out)
{
	CLEANUP(mem_freep) char *size = mem_printf("%lld", (long long)jsonx_get_int(file, "size", 0));

	switch (attribute) {
	case OP_ATTRIBUTE_VALUE:
		return err_new(ERR_INTERNAL, "the content of a file is asked for by itself");
	case OP_ATTRIBUTE_TYPE:
		return secret_add(out, "file", 4);
	case OP_ATTRIBUTE_ID:
		return add_text(file, "id", out);
	case OP_ATTRIBUTE_SIZE:
		return secret_add(out, size, strlen(size));
	case OP_ATTRIBUTE_NAME:
		return add_text(file, "name", out);
	case OP_ATTRIBUTE_PURPOSE:
	case OP_ATTRIBUTE_OTP:
	case OP_ATTRIBUTE_OPENSSH:
		break;
	}
	return err_new(ERR_INVALID,
		       "purpose, otp and ssh-format are for fields; the reference leads to a file");
}

struct referent referent_find(const struct jsonx *item, const struct op_reference *r)
{
	const struct jsonx *field = find_element(item, "fields", "label", r);

	return (struct referent){.field = field,
				 .file = field ? NULL : find_element(item, "files", "name", r)};
}

err_t referent_add(const struct referent *to, enum op_attribute attribute, struct secret *out)
{
	return to->field ? add_field(to->field, attribute, out) : add_file(to->file, attribute, out);
}
