#include "connect/etag.h"

#include "base/test.h"

TEST(etag, is_found_in_lists_as_clients_send_them)
{
	CHECK(etag_is_among("\"7\"", 7));
	CHECK(etag_is_among("W/\"7\"", 7));
	CHECK(etag_is_among("\"6\", \"7\" ,\"8\"", 7));
	CHECK(etag_is_among("*", 7));
	CHECK(!etag_is_among("", 7));
	CHECK(!etag_is_among("7", 7));
	CHECK(!etag_is_among("\"77\"", 7));
	CHECK(!etag_is_among("\"7\"x", 7));
}

TEST(etag, of_a_range_is_strong_and_one)
{
	CHECK(etag_is_exactly("\"7\"", 7));
	CHECK(!etag_is_exactly("W/\"7\"", 7));
	CHECK(!etag_is_exactly("\"6\", \"7\"", 7));
	CHECK(!etag_is_exactly("Fri, 27 Nov 2026 01:00:00 GMT", 7));
}

TEST(etag, names_a_version_or_nothing_of_ours)
{
	int64_t version = -1;

	CHECK(etag_version("\"7\"", &version) && version == 7);
	CHECK(etag_version("*", &version) && version == 0);
	CHECK(!etag_version("7", &version));
	CHECK(!etag_version("\"\"", &version));
	CHECK(!etag_version("\"", &version));
	CHECK(!etag_version("\"0\"", &version));
	CHECK(!etag_version("\"x\"", &version));
	CHECK(!etag_version("W/\"7\"", &version));
}
