#ifndef ONEPASSWORD_REFERENCE_H
#define ONEPASSWORD_REFERENCE_H

#include "base/err.h"

/* A secret reference of 1Password's command line: op://vault/item/[section/]field[?attribute=x] or
 * [?ssh-format=openssh]. Each part is
 * a name or an id. */
#define OP_REFERENCE_PREFIX "op://"
#define OP_REFERENCE_MAX 1024

enum op_attribute {
	OP_ATTRIBUTE_VALUE, /* of a field its value, of a file its content */
	OP_ATTRIBUTE_TYPE,
	OP_ATTRIBUTE_ID,
	OP_ATTRIBUTE_PURPOSE,
	OP_ATTRIBUTE_OTP,
	OP_ATTRIBUTE_SIZE,
	OP_ATTRIBUTE_NAME,
	OP_ATTRIBUTE_OPENSSH, /* the value, a private key, as ?ssh-format=openssh asks for it */
};

struct op_reference {
	char *vault, *item;
	char *section; /* NULL: none is named */
	char *field;
	enum op_attribute attribute;
};

/* ERR_INVALID with what is wrong, in the words of 1Password's program where it has some. */
err_t op_reference_parse(const char *text, struct op_reference *out) NODISCARD;
void op_reference_release(struct op_reference *r);

/* What may stand in a part of a reference; other names are given by their id. */
bool op_reference_char(char c);

#endif
