#include "vault/id.h"

#include <string.h>

bool object_id_is_valid(const char *s)
{
	return s && strlen(s) == OBJECT_ID_LEN &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789") == OBJECT_ID_LEN;
}

void object_id_set(char out[OBJECT_ID_SIZE], const char *id)
{
	memcpy(out, id, OBJECT_ID_LEN);
	out[OBJECT_ID_LEN] = '\0';
}
