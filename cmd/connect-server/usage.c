#include "command.h"

#include "vault/usage.h"

#include <inttypes.h>
#include <stdio.h>

struct usage_settings {
	struct place_settings place;
};

static const struct config_option options[] = {
	PLACE_DATA(struct usage_settings),
	PLACE_CREDENTIALS(struct usage_settings),
	PLACE_ADMIN_KEY(struct usage_settings),
};

static NODISCARD err_t verify(const char *const *names, const void *settings)
{
	const struct usage_settings *s = settings;
	CLEANUP(vault_store_freep) struct vault_store *store = NULL;
	CLEANUP(vault_admin_freep) struct vault_admin *a = NULL;
	struct usage_check check = {0};

	(void)names;
	TRY_(place_open_admin(&s->place, &store, &a));
	TRY_(vault_admin_verify_usage(a, &check));
	if (check.first_bad)
		return err_new(ERR_PROTOCOL, "row %" PRId64 " of the usage log is missing or was changed",
			       check.first_bad);
	printf("%" PRId64 " rows from number %" PRId64 " on, none missing or changed.\nDigest: %s\n",
	       check.n_rows, check.first, check.digest);
	return NULL;
}

const struct command command_usage_verify = {
	.name = "usage verify",
	.arguments = "",
	.summary =
		"Checks the chain of the usage log, row by row. The digest that it prints, kept elsewhere, "
		"shows a log that was written anew as a whole.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.settings_size = sizeof(struct usage_settings),
	.run = verify,
};
