#include "onepassword/world_test.h"

#include <string.h>

#define OPS "vaults/Ops/items/DB"
#define DEV "vaults/Dev/items/Key"

/* What a lookup may give while something failed: what was, what is, or that nothing is known yet. Never
 * "not_found", which would look like a deletion. */
static void check_look(struct world *w, const char *path, const char *const *allowed)
{
	const char *look = world_look(w, path);

	for (; *allowed; allowed++) {
		if (str_has_prefix(look, *allowed))
			return;
	}
	CHECK_MSG(false, "%s gives %s", path, look);
}

static void resolve(struct world *w, const char *path, int *failures)
{
	struct resolution r = {0};
	CLEANUP(err_freep) err_t e = world_resolve(w, path, 0, &r);

	*failures += !!e;
	CHECK(!err_is(e, ERR_INTERNAL) && !err_is(e, ERR_INVALID) && !err_is(e, ERR_CONFLICT));
}

static void poll(struct world *w, bool full, int *failures)
{
	bool moved = false;
	CLEANUP(err_freep) err_t e = catalog_poll(w->catalog, w->client, full, w->cancel, &moved);

	*failures += !!e;
	CHECK(!err_is(e, ERR_INTERNAL));
}

/* Two vaults are resolved, changed and polled, with a fault at one request. Returns the number of requests.
 */
static size_t scenario(size_t at, enum http_fault fault)
{
	CLEANUP(world_stop) struct world w = {0};
	int failures = 0;

	world_start(&w);
	world_add_vault(&w, ID("v"), "Ops", 1);
	world_add_vault(&w, ID("d"), "Dev", 1);
	world_add_item(&w, ID("v"), ID("i"), "DB", 1);
	world_add_item(&w, ID("d"), ID("k"), "Key", 1);
	http_fake_fault(w.fake, at, 1, fault);

	resolve(&w, OPS, &failures);
	resolve(&w, DEV, &failures);
	poll(&w, false, &failures);
	check_look(&w, OPS, (const char *const[]){"i 1 ", "?", NULL});
	check_look(&w, DEV, (const char *const[]){"k 1 ", "?", NULL});
	/* A fault so far failed one resolve: make up for it. */
	resolve(&w, OPS, &failures);
	resolve(&w, DEV, &failures);

	world_set_item(&w, ID("i"), "DB", "", 2);
	poll(&w, false, &failures);
	check_look(&w, OPS, (const char *const[]){"i 1 ", "i 2 ", NULL});
	check_look(&w, DEV, (const char *const[]){"k 1 ", NULL});
	world_set_version_silently(&w, ID("k"), 3);
	poll(&w, true, &failures);
	check_look(&w, OPS, (const char *const[]){"i 1 ", "i 2 ", NULL});
	check_look(&w, DEV, (const char *const[]){"k 1 ", "k 3 ", NULL});

	const size_t n = http_fake_count(w.fake);
	CHECK_INT(failures, at < n && fault != HTTP_FAULT_NONE);
	CHECK(world_poll(&w, true));
	check_look(&w, OPS, (const char *const[]){"i 2 ", NULL});
	check_look(&w, DEV, (const char *const[]){"k 3 ", NULL});
	return n;
}

TEST(catalog_torture, any_fault_at_any_request_loses_no_knowledge)
{
	const int64_t live = err_live();
	const size_t n = scenario(0, HTTP_FAULT_NONE);

	CHECK(n >= 8);
	for (enum http_fault fault = HTTP_FAULT_NONE + 1; fault < HTTP_FAULT_END; fault++) {
		for (size_t i = 0; i < n; i++)
			(void)scenario(i, fault);
	}
	CHECK_INT(err_live(), live);
}
