#include "connect/signin.h"

#include "base/mem.h"
#include "base/sync.h"
#include "connect/attempts.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define AT_ONCE 2
#define WAIT_NS NS_PER_S

/* Somebody else's attempts must not keep the owner of an account out for long. */
#define ACCOUNT_WAIT_MAX_S 30
#define ADDRESS_WAIT_MAX_S 300

struct signin {
	struct attempts *accounts, *addresses;
	pthread_mutex_t mutex;
	pthread_cond_t left;
	int n_inside;
};

struct signin *signin_new(void)
{
	struct signin *s = MEM_NEW(struct signin);

	s->accounts = attempts_new(ACCOUNT_WAIT_MAX_S, NULL);
	s->addresses = attempts_new(ADDRESS_WAIT_MAX_S, NULL);
	sync_mutex_init(&s->mutex);
	sync_cond_init(&s->left);
	return s;
}

void signin_free(struct signin *s)
{
	if (!s)
		return;
	attempts_free(s->accounts);
	attempts_free(s->addresses);
	sync_cond_destroy(&s->left);
	sync_mutex_destroy(&s->mutex);
	mem_free(s);
}

static char *key_of(const char *account)
{
	char *key = mem_strdup(account);

	for (char *p = key; *p; p++) {
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	}
	return key;
}

/* A host of IPv6 has a /64 to itself (RFC 4291, 2.5.4), so these count as one address. */
static void network_of(const char *peer, char out[INET6_ADDRSTRLEN])
{
	struct in6_addr address;

	(void)snprintf(out, INET6_ADDRSTRLEN, "%s", peer);
	if (inet_pton(AF_INET6, peer, &address) != 1 || IN6_IS_ADDR_V4MAPPED(&address))
		return;
	memset(&address.s6_addr[8], 0, 8);
	(void)inet_ntop(AF_INET6, &address, out, INET6_ADDRSTRLEN);
}

static bool enter(struct signin *s)
{
	const int64_t deadline_ns = clock_now_ns(NULL) + WAIT_NS;

	SYNC_SCOPE(&s->mutex);
	while (s->n_inside >= AT_ONCE) {
		if (!sync_cond_wait_until(&s->left, &s->mutex, deadline_ns))
			return false;
	}
	s->n_inside++;
	return true;
}

static NODISCARD err_t take(struct call *c, struct attempts *a, const char *key)
{
	int64_t wait_s = 0;
	char text[24];

	if (attempts_take(a, key, &wait_s))
		return NULL;
	(void)snprintf(text, sizeof(text), "%lld", (long long)wait_s);
	http_reply_header(c->reply, "Retry-After", text);
	return call_fail(c, 429, "too many attempts; the next one may be in %s seconds", text);
}

err_t signin_enter(struct call *c, const char *account)
{
	struct signin *s = c->connect->signin;
	CLEANUP(mem_freep) char *key = key_of(account);
	char network[INET6_ADDRSTRLEN];

	network_of(c->req->peer, network);
	TRY_(take(c, s->addresses, network));
	TRY_(take(c, s->accounts, key));
	if (!enter(s))
		return err_new(ERR_UNAVAILABLE, "too many people sign in at once");
	return NULL;
}

void signin_leave(struct call *c, const char *account, bool succeeded)
{
	struct signin *s = c->connect->signin;
	CLEANUP(mem_freep) char *key = key_of(account);
	char network[INET6_ADDRSTRLEN];

	network_of(c->req->peer, network);
	if (succeeded) {
		attempts_forget(s->accounts, key);
		attempts_forget(s->addresses, network);
	}
	SYNC_SCOPE(&s->mutex);
	s->n_inside--;
	(void)pthread_cond_signal(&s->left);
}
