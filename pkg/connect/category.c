#include "connect/category.h"

#include "base/mem.h"
#include "base/str.h"

#include <string.h>
#include <strings.h>

/* CUSTOM items cannot be made through this API, and DOCUMENT items only with their file. */
static const struct category categories[] = {
	{"LOGIN", " password "},
	{"PASSWORD", " password "},
	{"API_CREDENTIAL", " credential "},
	{"SERVER", " password admin_console_password "},
	{"DATABASE", " password "},
	{"CREDIT_CARD", " cvv pin "},
	{"MEMBERSHIP", " pin "},
	{"PASSPORT", ""},
	{"SOFTWARE_LICENSE", ""},
	{"OUTDOOR_LICENSE", ""},
	{"SECURE_NOTE", ""},
	{"WIRELESS_ROUTER", " password wireless_password disk_password "},
	{"BANK_ACCOUNT", " telephonePin "},
	{"DRIVER_LICENSE", ""},
	{"IDENTITY", ""},
	{"REWARD_PROGRAM", " pin "},
	{"EMAIL_ACCOUNT", " pop_password smtp_password "},
	{"SOCIAL_SECURITY_NUMBER", " number "},
	{"MEDICAL_RECORD", ""},
	{"SSH_KEY", ""},
	{"DOCUMENT", ""},
};

const struct category *category_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(categories); i++) {
		if (strcasecmp(name, categories[i].name) == 0)
			return &categories[i];
	}
	return NULL;
}

bool category_conceals(const char *category, const char *field_id)
{
	const struct category *c = category_find(category);
	CLEANUP(mem_freep) char *id = mem_printf(" %s ", field_id);

	return c && !str_empty(field_id) && !strchr(field_id, ' ') && strstr(c->concealed, id);
}
