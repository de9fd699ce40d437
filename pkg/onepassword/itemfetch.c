#include "onepassword/itemfetch.h"

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/ref.h"
#include "base/sync.h"

struct fetched {
	struct ref ref;
	struct item *item;
};

/* A request under way, and then its result for those who waited. */
struct request {
	size_t waiting;
	bool landed;
	struct fetched *fetched;
	err_t failed;
};

struct itemfetch {
	pthread_mutex_t mutex; /* guards all below */
	pthread_cond_t landed;
	struct map *in_air; /* "vault/item" → struct request, owned by the thread that leads it, then by who
			       waits */
	size_t waiting;
};

struct itemfetch *itemfetch_new(void)
{
	struct itemfetch *f = MEM_NEW(struct itemfetch);

	sync_mutex_init(&f->mutex);
	sync_cond_init(&f->landed);
	f->in_air = map_new(NULL);
	return f;
}

void itemfetch_free(struct itemfetch *f)
{
	if (!f)
		return;
	map_free(f->in_air);
	sync_cond_destroy(&f->landed);
	sync_mutex_destroy(&f->mutex);
	mem_free(f);
}

const struct item *fetched_item(const struct fetched *f)
{
	return f->item;
}

void fetched_unrefp(struct fetched **f)
{
	if (!*f || !ref_put(&(*f)->ref))
		return;
	item_free((*f)->item);
	mem_free(*f);
}

static NODISCARD err_t fetch(const struct itemfetch_want *want, struct fetched **out)
{
	CLEANUP(item_freep) struct item *item = NULL;

	TRY(op_get_item(want->client, want->vault_id, want->item_id, want->cancel, &item),
	    "failed to get item by ID for vaultID='%s' and itemID='%s'", want->vault_id, want->item_id);
	TRY(op_load_files(want->client, item, want->cancel),
	    "failed to load item files for vaultID='%s' and itemID='%s'", want->vault_id, want->item_id);
	*out = MEM_NEW(struct fetched);
	ref_init(&(*out)->ref);
	(*out)->item = TAKE(item);
	return NULL;
}

static void free_unless_waited_for(struct request *f)
{
	if (f->waiting > 0)
		return;
	fetched_unrefp(&f->fetched);
	err_free(f->failed);
	mem_free(f);
}

/* The result of another thread's request, or NULL in both: the caller leads *out_request. */
static NODISCARD err_t join(struct itemfetch *f, const char *key, struct request **out_request,
			    struct fetched **out)
{
	const int64_t deadline_ns = clock_now_ns(NULL) + ITEMFETCH_WAIT_MS * NS_PER_MS;
	struct request *request;
	err_t e;

	SYNC_SCOPE(&f->mutex);
	request = map_get(f->in_air, key);
	if (!request) {
		*out_request = MEM_NEW(struct request);
		map_set(f->in_air, key, *out_request);
		return NULL;
	}
	request->waiting++;
	f->waiting++;
	while (!request->landed && sync_cond_wait_until(&f->landed, &f->mutex, deadline_ns))
		;
	request->waiting--;
	f->waiting--;
	if (!request->landed)
		return err_new(ERR_CONFLICT, "another thread still waits for the same item");
	e = err_dup(request->failed);
	if (request->fetched) {
		ref_get(&request->fetched->ref);
		*out = request->fetched;
	}
	free_unless_waited_for(request);
	return e;
}

static void land(struct itemfetch *f, const char *key, struct request *request, struct fetched *fetched,
		 const struct err *e)
{
	SYNC_SCOPE(&f->mutex);
	map_del(f->in_air, key);
	request->landed = true;
	request->failed = err_dup(e);
	request->fetched = fetched;
	if (fetched)
		ref_get(&fetched->ref);
	(void)pthread_cond_broadcast(&f->landed);
	free_unless_waited_for(request);
}

err_t itemfetch_get(struct itemfetch *f, const struct itemfetch_want *want, struct fetched **out)
{
	CLEANUP(mem_freep) char *key = mem_printf("%s/%s", want->vault_id, want->item_id);
	CLEANUP(fetched_unrefp) struct fetched *shared = NULL;
	struct request *request = NULL;
	err_t e;

	if (want->anew)
		return fetch(want, out);
	TRY_(join(f, key, &request, &shared));
	if (request) {
		e = fetch(want, &shared);
		land(f, key, request, shared, e);
		*out = e ? *out : TAKE(shared);
		return e;
	}
	if (!shared || shared->item->version < want->version)
		return fetch(want, out);
	*out = TAKE(shared);
	return NULL;
}

size_t itemfetch_waiting(struct itemfetch *f)
{
	SYNC_SCOPE(&f->mutex);
	return f->waiting;
}
