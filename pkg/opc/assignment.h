#ifndef OPC_ASSIGNMENT_H
#define OPC_ASSIGNMENT_H

#include "base/secret.h"

/* What a command line says of one field of an item: [SECTION.]FIELD[[TYPE]]=VALUE, or FIELD[delete]. In the
 * names \. \= \[ and \\ stand for the characters themselves. */
struct assignment {
	char *section; /* NULL: none is named */
	char *field;
	const char *type; /* as Connect has it, "CONCEALED"; NULL: none is named */
	bool remove;
	bool is_file;         /* the value is the path of a file to attach under that name */
	struct secret *value; /* NULL to remove */
};

/* ERR_INVALID says what is right and shows no value. */
err_t assignment_parse(const char *text, struct assignment *out) NODISCARD;
void assignment_release(struct assignment *a);

#endif
