#include "connect/listen.h"

#include "base/mem.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <string.h>

void listen_place_release(struct listen_place *p)
{
	mem_freep(&p->address);
}

static bool is_ipv6(const char *s)
{
	struct in6_addr address;

	return inet_pton(AF_INET6, s, &address) == 1;
}

static bool is_ipv4(const char *s)
{
	struct in_addr address;

	return inet_pton(AF_INET, s, &address) == 1;
}

/* Cuts the port off; NULL when there is none. */
static char *cut_port(char *text)
{
	char *colon = strrchr(text, ':');

	if (!colon || is_ipv6(text))
		return NULL;
	if (text[0] == '[' && (colon == text || colon[-1] != ']'))
		return NULL;
	*colon = '\0';
	return colon + 1;
}

static NODISCARD err_t wrong(const char *text)
{
	CLEANUP(strbuf_release) struct strbuf shown = {0};

	strbuf_init(&shown, 64);
	str_add_printable(&shown, text, 64);
	return err_new(ERR_INVALID,
		       "%s is no address to listen on; write 127.0.0.1, 0.0.0.0:8080 or [::1]:8080", shown.p);
}

err_t listen_place_parse(const char *text, struct listen_place *out)
{
	CLEANUP(mem_freep) char *copy = mem_strdup(text);
	const char *port = cut_port(copy);
	const char *host = copy;
	const size_t len = strlen(host);
	int64_t number = -1;

	if (port && !str_to_int(port, 0, 65535, &number))
		return wrong(text);
	if (len > 1 && host[0] == '[' && host[len - 1] == ']') {
		copy[len - 1] = '\0';
		host++;
	}
	if (streq(host, "localhost"))
		host = "127.0.0.1";
	if (!str_empty(host) && !streq(host, "*") && !is_ipv4(host) && !is_ipv6(host))
		return wrong(text);
	if (str_empty(host) && !port)
		return wrong(text);
	const bool all = str_empty(host) || streq(host, "*") || streq(host, "0.0.0.0") || streq(host, "::");
	out->address = all ? NULL : mem_strdup(host);
	out->port = (int)number;
	return NULL;
}

bool listen_place_is_loopback(const struct listen_place *p)
{
	return p->address && (streq(p->address, "::1") || str_has_prefix(p->address, "127."));
}

char *listen_place_url(const struct listen_place *p, bool tls, int port)
{
	const char *host = p->address ? p->address : "0.0.0.0";
	const bool bracketed = strchr(host, ':') != NULL;

	return mem_printf("%s://%s%s%s:%d", tls ? "https" : "http", bracketed ? "[" : "", host,
			  bracketed ? "]" : "", port);
}
