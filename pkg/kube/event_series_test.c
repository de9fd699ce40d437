#include "kube/event_series.h"

#include "base/test.h"
#include "kube/meta.h"
#include <stdio.h>
#include <string.h>

static int64_t count(struct event_history *h, const char *object, const char *text, int64_t now_s)
{
	const struct event_series *s = event_history_count(h, object, text, now_s * NS_PER_S, now_s * 1000);

	return s ? s->count : 0;
}

TEST(event_series, equal_events_of_an_object_are_one_series)
{
	struct event_history *h = event_history_new();

	CHECK_INT(count(h, "a", "text", 1), 1);
	CHECK_INT(count(h, "a", "text", 2), 2);
	CHECK_INT(count(h, "a", "other", 3), 1);
	CHECK_INT(count(h, "b", "text", 4), 1);
	CHECK_INT(event_history_count(h, "a", "text", 5 * NS_PER_S, 5000)->first_wall_ms, 1000);
	event_history_free(h);
}

TEST(event_series, an_object_has_25_at_once_and_one_more_each_5_min)
{
	struct event_history *h = event_history_new();

	for (int i = 1; i <= 25; i++)
		CHECK_INT(count(h, "a", "text", 1), i);
	CHECK_INT(count(h, "a", "text", 1), 0);
	CHECK_INT(count(h, "a", "other", 300), 0);
	CHECK_INT(count(h, "b", "text", 300), 1);
	CHECK_INT(count(h, "a", "text", 301), 26);
	CHECK_INT(count(h, "a", "text", 301), 0);
	CHECK_INT(count(h, "a", "text", 600), 0);
	CHECK_INT(count(h, "a", "text", 601), 27);
	for (int i = 28; i <= 28 + 24; i++)
		CHECK_INT(count(h, "a", "text", 1000000), i);
	CHECK_INT(count(h, "a", "text", 1000000), 0);
	event_history_free(h);
}

TEST(event_series, memory_of_objects_is_limited_and_comes_back)
{
	struct event_history *h = event_history_new();
	char object[16];

	for (int i = 0; i < EVENT_OBJECTS_MAX; i++) {
		snprintf(object, sizeof(object), "o%d", i);
		CHECK_INT(count(h, object, "text", 1), 1);
	}
	CHECK_INT(count(h, "one more", "text", 1), 0);
	CHECK_INT(count(h, "one more", "text", 301), 1);
	event_history_free(h);
}

TEST(event_series, names_are_valid_whatever_the_object_s_length)
{
	char object[400] = {0}, name[EVENT_NAME_SIZE];

	event_name_format("db", 0xabcdef, name);
	CHECK_STR(name, "db.0000000000abcdef");
	memset(object, 'a', 253);
	event_name_format(object, UINT64_MAX, name);
	CHECK_INT(strlen(name), 253);
	CHECK(kube_is_dns_subdomain(name));
	object[235] = '-';
	object[234] = '.';
	event_name_format(object, 1, name);
	CHECK_INT(strlen(name), 251);
	CHECK(kube_is_dns_subdomain(name));
}
