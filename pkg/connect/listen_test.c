#include "connect/listen.h"

#include "base/mem.h"
#include "base/test.h"

TEST(listen, places_are_read_as_people_write_them)
{
	static const struct {
		const char *in, *address;
		int port;
		bool loopback;
		const char *url;
	} cases[] = {
		{"127.0.0.1", "127.0.0.1", -1, true, "http://127.0.0.1:1"},
		{"127.0.0.1:8080", "127.0.0.1", 8080, true, "http://127.0.0.1:1"},
		{"localhost:0", "127.0.0.1", 0, true, "http://127.0.0.1:1"},
		{"::1", "::1", -1, true, "http://[::1]:1"},
		{"[::1]", "::1", -1, true, "http://[::1]:1"},
		{"[::1]:8080", "::1", 8080, true, "http://[::1]:1"},
		{"10.1.2.3:65535", "10.1.2.3", 65535, false, "http://10.1.2.3:1"},
		{":8080", NULL, 8080, false, "http://0.0.0.0:1"},
		{"*:8080", NULL, 8080, false, "http://0.0.0.0:1"},
		{"0.0.0.0", NULL, -1, false, "http://0.0.0.0:1"},
		{"[::]:8080", NULL, 8080, false, "http://0.0.0.0:1"},
		{"2001:db8::5", "2001:db8::5", -1, false, "http://[2001:db8::5]:1"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(listen_place_release) struct listen_place p = {0};

		CHECK_OK(listen_place_parse(cases[i].in, &p));
		CLEANUP(mem_freep) char *url = listen_place_url(&p, false, 1);
		CHECK_STR(p.address, cases[i].address);
		CHECK_INT(p.port, cases[i].port);
		CHECK_INT(listen_place_is_loopback(&p), cases[i].loopback);
		CHECK_STR(url, cases[i].url);
	}
}

TEST(listen, what_is_no_address_is_refused)
{
	static const char *const cases[] = {
		"",       "example.com", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536",
		"[::1]:", "[::1]x:80",   "1.2.3",      ":-1",         "["};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct listen_place p;
		err_t e = listen_place_parse(cases[i], &p);

		CHECK_MSG(err_is(e, ERR_INVALID), "%s", cases[i]);
		err_free(e);
	}
	CHECK_INT(err_live(), 0);
}
