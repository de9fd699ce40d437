#include "operator/contest.h"

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sync.h"
#include "operator/names.h"

static const struct {
	const char *name;
	int64_t pause_ms;
	const char *doing, *pace;
} kinds[CONTEST_KINDS] = {
	[CONTEST_SECRET] = {"secret", CONTEST_PAUSE_MS, "rewriting the Secret", "5 minutes"},
	[CONTEST_GONE] = {"deletion", CONTEST_GONE_PAUSE_MS, "deleting the Secret", "10 seconds"},
	[CONTEST_STATUS] = {"status", CONTEST_PAUSE_MS, "rewriting the status", "5 minutes"},
	[CONTEST_FINALIZER] = {"finalizer", CONTEST_PAUSE_MS, "adding the finalizer " NAME_ORIGINAL_FINALIZER,
			       "5 minutes"},
};

/* A name of a field manager is at most that long. */
#define MANAGER_MAX 128

struct contest {
	int times;
	int64_t last_ns;
	char *by; /* NULL: the same as we */
	bool told;
};

struct contests_of_key {
	struct contest over[CONTEST_KINDS];
};

struct contests {
	pthread_mutex_t mutex;
	struct map *map;
};

static void release(void *value)
{
	struct contests_of_key *of_key = value;

	for (int i = 0; i < CONTEST_KINDS; i++)
		mem_free(of_key->over[i].by);
	mem_free(of_key);
}

struct contests *contests_new(void)
{
	struct contests *c = MEM_NEW(struct contests);

	sync_mutex_init(&c->mutex);
	c->map = map_new(release);
	return c;
}

void contests_free(struct contests *c)
{
	if (!c)
		return;
	map_free(c->map);
	sync_mutex_destroy(&c->mutex);
	mem_free(c);
}

static struct contest *find(const struct contests *c, const char *key, enum contest_over over)
{
	struct contests_of_key *of_key = map_get(c->map, key);

	return of_key ? &of_key->over[over] : NULL;
}

int64_t contests_wait_ms(struct contests *c, const char *key, enum contest_over over, int64_t now_ns)
{
	SYNC_SCOPE(&c->mutex);
	const struct contest *contest = find(c, key, over);
	int64_t left_ms;

	if (!contest || contest->times < CONTEST_MAX)
		return 0;
	left_ms = kinds[over].pause_ms - (now_ns - contest->last_ns) / NS_PER_MS;
	return left_ms > 0 ? left_ms : 0;
}

void contests_note(struct contests *c, const char *key, enum contest_over over, const char *by,
		   int64_t now_ns)
{
	SYNC_SCOPE(&c->mutex);
	struct contest *contest = find(c, key, over);

	if (!contest) {
		map_set(c->map, key, MEM_NEW(struct contests_of_key));
		contest = find(c, key, over);
	}
	if (now_ns - contest->last_ns >= CONTEST_QUIET_MS * NS_PER_MS)
		contest->times = 0;
	if (contest->times < CONTEST_MAX)
		contest->times++;
	contest->last_ns = now_ns;
	contest->told = false;
	mem_free(contest->by);
	contest->by = mem_strdup(by);
}

bool contests_is_news(struct contests *c, const char *key, enum contest_over over)
{
	SYNC_SCOPE(&c->mutex);
	struct contest *contest = find(c, key, over);

	if (!contest || contest->told)
		return false;
	contest->told = true;
	return true;
}

static void add_who(struct strbuf *out, const char *by)
{
	if (!by) {
		strbuf_adds(out, "another instance of this operator");
		return;
	}
	if (str_empty(by)) {
		strbuf_adds(out, "another program");
		return;
	}
	strbuf_adds(out, "another program, field manager \"");
	str_add_printable(out, by, MANAGER_MAX);
	strbuf_adds(out, streq(by, NAME_MANAGER_ORIGINAL) ? "\" (as 1Password's operator)," : "\",");
}

char *contests_text(struct contests *c, const char *key, enum contest_over over)
{
	struct strbuf text = {0};
	SYNC_SCOPE(&c->mutex);
	const struct contest *contest = find(c, key, over);

	strbuf_init(&text, 1024);
	add_who(&text, contest ? contest->by : NULL);
	strbuf_addf(&text,
		    " keeps %s; that is put right only every %s now: let a single operator serve "
		    "this namespace",
		    kinds[over].doing, kinds[over].pace);
	return strbuf_take(&text);
}

const char *contest_name(enum contest_over over)
{
	return kinds[over].name;
}

void contests_forget(struct contests *c, const char *key)
{
	SYNC_SCOPE(&c->mutex);
	map_del(c->map, key);
}
