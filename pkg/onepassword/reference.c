#include "onepassword/reference.h"

#include "base/mem.h"
#include "base/str.h"

#include <ctype.h>
#include <string.h>

void op_reference_release(struct op_reference *r)
{
	mem_free(r->vault);
	mem_free(r->item);
	mem_free(r->section);
	mem_free(r->field);
	*r = (struct op_reference){0};
}

bool op_reference_char(char c)
{
	return isalnum((unsigned char)c) || strchr("-_. ", c);
}

static NODISCARD err_t check_chars(const char *parts)
{
	for (const char *c = parts; *c; c++) {
		if (*c == '/' || op_reference_char(*c))
			continue;
		if (isprint((unsigned char)*c))
			return err_new(
				ERR_INVALID,
				"invalid character in secret reference: '%c'; name that part by its id", *c);
		return err_new(ERR_INVALID,
			       "invalid character in secret reference: byte 0x%02x; name that part by its id",
			       (unsigned char)*c);
	}
	return NULL;
}

static NODISCARD err_t parse_attribute(const char *text, enum op_attribute *out)
{
	static const struct {
		const char *name;
		enum op_attribute value;
	} names[] = {
		{"value", OP_ATTRIBUTE_VALUE}, {"content", OP_ATTRIBUTE_VALUE},   {"type", OP_ATTRIBUTE_TYPE},
		{"id", OP_ATTRIBUTE_ID},       {"purpose", OP_ATTRIBUTE_PURPOSE}, {"otp", OP_ATTRIBUTE_OTP},
		{"size", OP_ATTRIBUTE_SIZE},   {"name", OP_ATTRIBUTE_NAME},
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (streq(text, names[i].name)) {
			*out = names[i].value;
			return NULL;
		}
	}
	return err_new(
		ERR_INVALID,
		"the attribute is value, type, id, purpose or otp, and of files content, size, id or name");
}

static NODISCARD err_t parse_parameters(const char *text, enum op_attribute *out)
{
	CLEANUP(strv_release) struct strv parameters = {0};
	bool ssh = false;

	strv_split(&parameters, text, '&');
	for (size_t i = 0; i < parameters.n; i++) {
		const char *p = parameters.v[i];

		if (str_has_prefix(p, "attribute="))
			TRY_(parse_attribute(p + strlen("attribute="), out));
		else if (str_has_prefix(p, "attr="))
			TRY_(parse_attribute(p + strlen("attr="), out));
		else if (streq(p, "ssh-format=openssh"))
			ssh = true;
		else if (str_has_prefix(p, "ssh-format="))
			return err_new(ERR_INVALID, "ssh-format is openssh");
		else
			return err_new(ERR_INVALID, "a parameter of a secret reference is attribute=... or "
						    "ssh-format=openssh");
	}
	if (ssh && *out != OP_ATTRIBUTE_VALUE)
		return err_new(ERR_INVALID, "ssh-format goes with the value, not with another attribute");
	*out = ssh ? OP_ATTRIBUTE_OPENSSH : *out;
	return NULL;
}

static NODISCARD err_t parse_parts(const char *text, struct op_reference *r)
{
	CLEANUP(strv_release) struct strv parts = {0};

	TRY_(check_chars(text));
	strv_split(&parts, text, '/');
	if (parts.n > 4)
		return err_new(ERR_INVALID, "too many '/': secret references should match "
					    "op://<vault>/<item>[/<section>]/<field>");
	if (parts.n < 3)
		return err_new(ERR_INVALID, "too few '/': secret references should match "
					    "op://<vault>/<item>[/<section>]/<field>");
	for (size_t i = 0; i < parts.n; i++) {
		if (str_empty(parts.v[i]))
			return err_new(ERR_INVALID, "a part of the secret reference is empty");
	}
	r->vault = mem_strdup(parts.v[0]);
	r->item = mem_strdup(parts.v[1]);
	r->section = parts.n == 4 ? mem_strdup(parts.v[2]) : NULL;
	r->field = mem_strdup(parts.v[parts.n - 1]);
	return NULL;
}

static NODISCARD err_t parse(const char *text, struct op_reference *r)
{
	const char *rest = text + sizeof(OP_REFERENCE_PREFIX) - 1;
	const char *question = strchr(rest, '?');
	CLEANUP(mem_freep) char *parts = mem_strndup(rest, strcspn(rest, "?"));

	TRY_(parse_parts(parts, r));
	return question ? parse_parameters(question + 1, &r->attribute) : NULL;
}

err_t op_reference_parse(const char *text, struct op_reference *out)
{
	CLEANUP(op_reference_release) struct op_reference r = {0};

	if (!str_has_prefix(text, OP_REFERENCE_PREFIX))
		return err_new(ERR_INVALID, "a secret reference begins with " OP_REFERENCE_PREFIX);
	if (strlen(text) > OP_REFERENCE_MAX)
		return err_new(ERR_INVALID, "a secret reference has at most %d bytes", OP_REFERENCE_MAX);
	TRY_(parse(text, &r));
	*out = r;
	r = (struct op_reference){0};
	return NULL;
}
