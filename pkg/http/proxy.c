#include "http/proxy.h"

#include "base/str.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Longest entry of NO_PROXY that is looked at: a DNS name has 253 bytes. */
#define ENTRY_MAX 300

struct address {
	size_t len; /* 4 or 16; 0: not an address */
	unsigned char bytes[16];
};

static const char *env_find(const char *upper, const char *lower)
{
	const char *value = getenv(upper);

	if (str_empty(value))
		value = getenv(lower);
	return str_empty(value) ? NULL : value;
}

void proxy_env_read(struct proxy_env *out)
{
	*out = (struct proxy_env){
		.http = env_find("HTTP_PROXY", "http_proxy"),
		.https = env_find("HTTPS_PROXY", "https_proxy"),
		.no_proxy = env_find("NO_PROXY", "no_proxy"),
	};
}

static struct address address_parse(const char *s)
{
	struct address a = {0};

	if (inet_pton(AF_INET, s, a.bytes) == 1)
		a.len = 4;
	else if (inet_pton(AF_INET6, s, a.bytes) == 1)
		a.len = 16;
	return a;
}

static bool address_is_loopback(const struct address *a)
{
	static const unsigned char loopback6[16] = {[15] = 1};

	return (a->len == 4 && a->bytes[0] == 127) || (a->len == 16 && memcmp(a->bytes, loopback6, 16) == 0);
}

static bool address_in_range(const struct address *a, const struct address *net, size_t bits)
{
	const size_t whole = bits / 8, rest = bits % 8;
	const unsigned mask = rest == 0 ? 0 : (0xffU << (8 - rest)) & 0xffU;

	if (a->len == 0 || a->len != net->len || memcmp(a->bytes, net->bytes, whole) != 0)
		return false;
	return mask == 0 || (a->bytes[whole] & mask) == (net->bytes[whole] & mask);
}

static bool range_matches(char *entry, char *slash, const struct address *host)
{
	int64_t bits = 0;

	*slash = '\0';

	const struct address net = address_parse(entry);

	return net.len > 0 && str_to_int(slash + 1, 0, (int64_t)net.len * 8, &bits) &&
	       address_in_range(host, &net, (size_t)bits);
}

/* Cuts ":port" and brackets off an entry; false when it names another port. */
static bool entry_cut_port(char **entry, int port)
{
	char *colon = strrchr(*entry, ':');
	char *bracket = strrchr(*entry, ']');
	int64_t entry_port = port;

	if (address_parse(*entry).len == 16)
		return true;
	if (colon && (!bracket || colon > bracket)) {
		if (!str_to_int(colon + 1, 0, 65535, &entry_port))
			return false;
		*colon = '\0';
	}
	if (**entry == '[' && bracket) {
		*bracket = '\0';
		(*entry)++;
	}
	return entry_port == port;
}

static bool name_matches(const char *entry, const char *host)
{
	const size_t host_len = strlen(host);
	const bool only_below = entry[0] == '.';
	const size_t len = strlen(entry);

	if (!only_below && strcasecmp(entry, host) == 0)
		return true;
	if (len == 0 || len >= host_len || strcasecmp(host + host_len - len, entry) != 0)
		return false;
	return only_below || host[host_len - len - 1] == '.';
}

static bool entry_matches(char *entry, const char *host, const struct address *address, int port)
{
	char *slash = strchr(entry, '/');

	if (streq(entry, "*"))
		return true;
	if (slash)
		return range_matches(entry, slash, address);
	if (!entry_cut_port(&entry, port))
		return false;

	const struct address entry_address = address_parse(entry);

	if (entry_address.len > 0 || address->len > 0)
		return address_in_range(address, &entry_address, entry_address.len * 8);
	if (str_has_prefix(entry, "*."))
		entry++;
	return name_matches(entry, host);
}

static bool list_matches(const char *list, const char *host, const struct address *address, int port)
{
	while (*list) {
		char entry[ENTRY_MAX];
		size_t len = 0;

		list += strspn(list, ", \t");
		len = strcspn(list, ", \t");
		if (len > 0 && len < sizeof(entry)) {
			memcpy(entry, list, len);
			entry[len] = '\0';
			if (entry_matches(entry, host, address, port))
				return true;
		}
		list += len;
	}
	return false;
}

const char *proxy_env_find(const struct proxy_env *env, bool https, const char *host, int port)
{
	const char *proxy = https ? env->https : env->http;
	const struct address address = address_parse(host);

	if (strcasecmp(host, "localhost") == 0 || address_is_loopback(&address))
		return NULL;
	if (proxy && env->no_proxy && list_matches(env->no_proxy, host, &address, port))
		return NULL;
	return proxy;
}
