#include "http/client_curl.h"

#include "base/mem.h"
#include "http/proxy.h"
#include <string.h>

/* A base URL taken apart by libcurl, so that both read it alike. host has brackets if it is an IPv6 address;
 * the second line is of parts that must not be there. */
struct url {
	char *scheme, *host, *port, *path;
	char *user, *password, *query, *fragment;
};

static void url_release(struct url *u)
{
	curl_free(u->scheme);
	curl_free(u->host);
	curl_free(u->port);
	curl_free(u->path);
	curl_free(u->user);
	curl_free(u->password);
	curl_free(u->query);
	curl_free(u->fragment);
}

static void url_free(CURLU **u)
{
	curl_url_cleanup(*u);
}

static bool part_get(CURLU *u, CURLUPart part, char **out)
{
	return curl_url_get(u, part, out, CURLU_DEFAULT_PORT) == CURLUE_OK && *out;
}

static bool url_parse(const char *s, struct url *out)
{
	CLEANUP(url_free) CURLU *u = curl_url();

	if (curl_url_set(u, CURLUPART_URL, s ? s : "", 0) != CURLUE_OK)
		return false;
	(void)part_get(u, CURLUPART_USER, &out->user);
	(void)part_get(u, CURLUPART_PASSWORD, &out->password);
	(void)part_get(u, CURLUPART_QUERY, &out->query);
	(void)part_get(u, CURLUPART_FRAGMENT, &out->fragment);
	return part_get(u, CURLUPART_SCHEME, &out->scheme) && part_get(u, CURLUPART_HOST, &out->host) &&
	       part_get(u, CURLUPART_PORT, &out->port) && part_get(u, CURLUPART_PATH, &out->path);
}

static err_t url_check(const struct url *u, const struct http_client_options *o)
{
	if (u->user || u->password)
		return err_new(ERR_INVALID, "the base URL must not hold a user or password");
	if (u->query || u->fragment)
		return err_new(ERR_INVALID, "the base URL must not hold a query or a fragment");
	if (!streq(u->scheme, "https") && !(streq(u->scheme, "http") && o->allow_http))
		return err_new(ERR_INVALID, "the base URL must begin with %s",
			       o->allow_http ? "https:// or http://" : "https://");
	for (const char *p = o->server_name; p && *p; p++) {
		if (*p <= ' ' || *p > '~' || strchr("/:@?#[]%\\", *p))
			return err_new(ERR_INVALID, "the server name to verify must be a host name");
	}
	return NULL;
}

static char *proxy_dup(const struct url *u, const struct http_client_options *o)
{
	CLEANUP(mem_freep) char *host = NULL;
	struct proxy_env env;
	const char *found = NULL;
	const size_t len = strlen(u->host);
	int64_t port = 0;

	if (!str_empty(o->proxy_url))
		return mem_strdup(o->proxy_url);
	host = u->host[0] == '[' ? mem_strndup(u->host + 1, len - 2) : mem_strdup(u->host);
	proxy_env_read(&env);
	(void)str_to_int(u->port, 0, 65535, &port); /* libcurl has checked that it is one */
	found = proxy_env_find(&env, streq(u->scheme, "https"), host, (int)port);
	return mem_strdup(found ? found : "");
}

/* A request's path brings its own. */
static void cut_slashes(char *url)
{
	for (size_t len = strlen(url); url[len - 1] == '/'; len--)
		url[len - 1] = '\0';
}

err_t client_set_target(struct http_client *c, const struct http_client_options *o)
{
	CLEANUP(url_release) struct url u = {0};
	const char *host = NULL;

	if (!url_parse(o->base_url, &u))
		return err_new(ERR_INVALID, "the base URL must be https://host[:port][/prefix]");
	TRY_(url_check(&u, o));
	host = str_empty(o->server_name) ? u.host : o->server_name;
	c->https = streq(u.scheme, "https");
	c->url = mem_printf("%s://%s:%s%s", u.scheme, host, u.port, u.path);
	cut_slashes(c->url);
	c->target = mem_printf("%s:%s", u.host, u.port);
	c->proxy = proxy_dup(&u, o);
	if (host != u.host) {
		CLEANUP(mem_freep) char *to = mem_printf("%s:%s:%s:%s", host, u.port, u.host, u.port);

		c->connect_to = curl_slist_append(NULL, to);
		c->host_header = mem_printf("Host: %s:%s", u.host, u.port);
	}
	return NULL;
}
