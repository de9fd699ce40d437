#include "connect/sessions.h"

#include "base/crypto.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/test.h"

#include <string.h>

static int64_t fake_now(void *arg)
{
	return *(const int64_t *)arg;
}

static struct secret *begin(struct sessions *s, const char *person_id)
{
	CLEANUP(person_key_release) struct person_key key = {.private_key = crypto_key_new()};
	struct secret *token = NULL;
	int64_t ends_ms = 0;

	object_id_set(key.id, person_id);
	CHECK_OK(sessions_begin(s, &key, &token, &ends_ms));
	CHECK(ends_ms > clock_wall_ms());
	return token;
}

static bool lives(struct sessions *s, const struct secret *token)
{
	CLEANUP(person_key_release) struct person_key key = {0};

	return sessions_find(s, secret_bytes(token), &key);
}

TEST(sessions, a_token_finds_its_persons_key_and_nothing_else_does)
{
	struct sessions *s = sessions_new(NULL);
	char ann[RAND_ID_SIZE];
	struct person_key key = {0};

	rand_id(ann);
	CLEANUP(secret_freep) struct secret *token = begin(s, ann);
	CHECK(sessions_find(s, secret_bytes(token), &key));
	CHECK_STR(key.id, ann);
	person_key_release(&key);
	CLEANUP(mem_freep) char *text = mem_strdup(secret_bytes(token));
	text[OBJECT_ID_LEN + 3] = text[OBJECT_ID_LEN + 3] == 'A' ? 'B' : 'A';
	CHECK(!sessions_find(s, text, &key));
	CHECK(!sessions_find(s, "", &key));
	CHECK(!sessions_find(s, "x.y", &key));
	sessions_end(s, text);
	CHECK(lives(s, token));
	sessions_end(s, secret_bytes(token));
	CHECK(!lives(s, token));
	sessions_free(s);
}

TEST(sessions, end_when_they_are_not_used_and_after_a_working_day)
{
	int64_t now_ns = NS_PER_S;
	const struct clock clock = {.now_ns = fake_now, .arg = &now_ns};
	struct sessions *s = sessions_new(&clock);
	char ann[RAND_ID_SIZE];

	rand_id(ann);
	CLEANUP(secret_freep) struct secret *idle = begin(s, ann), *busy = begin(s, ann);
	for (int64_t t = 0; t < SESSION_AGE_S - SESSION_IDLE_S; t += SESSION_IDLE_S) {
		now_ns += SESSION_IDLE_S * NS_PER_S;
		CHECK(lives(s, busy));
	}
	CHECK(!lives(s, idle));
	now_ns += SESSION_IDLE_S * NS_PER_S;
	CHECK(lives(s, busy));
	now_ns += NS_PER_S;
	CHECK(!lives(s, busy));
	sessions_sweep(s);
	sessions_free(s);
}

TEST(sessions, one_too_many_of_a_person_ends_the_one_used_longest_ago)
{
	int64_t now_ns = NS_PER_S;
	const struct clock clock = {.now_ns = fake_now, .arg = &now_ns};
	struct sessions *s = sessions_new(&clock);
	struct secret *tokens[SESSIONS_PER_PERSON + 1];
	char ann[RAND_ID_SIZE], bob[RAND_ID_SIZE];

	rand_id(ann);
	rand_id(bob);
	CLEANUP(secret_freep) struct secret *other = begin(s, bob);
	for (size_t i = 0; i < ARRAY_LEN(tokens); i++) {
		now_ns += NS_PER_S;
		tokens[i] = begin(s, ann);
		CHECK(lives(s, tokens[0]) || i == SESSIONS_PER_PERSON);
	}
	CHECK(!lives(s, tokens[1]));
	CHECK(lives(s, tokens[2]) && lives(s, other));
	sessions_end_person(s, ann);
	CHECK(!lives(s, tokens[2]) && lives(s, other));
	for (size_t i = 0; i < ARRAY_LEN(tokens); i++)
		secret_free(tokens[i]);
	sessions_free(s);
}

TEST(sessions, have_a_ceiling)
{
	struct sessions *s = sessions_new(NULL);
	struct secret *token = NULL;
	int64_t ends_ms = 0;
	char id[RAND_ID_SIZE];

	for (int i = 0; i < SESSIONS_MAX; i++) {
		rand_id(id);
		secret_free(begin(s, id));
	}
	CLEANUP(person_key_release) struct person_key key = {.private_key = crypto_key_new()};
	rand_id(key.id);
	CHECK_ERR(sessions_begin(s, &key, &token, &ends_ms), ERR_UNAVAILABLE);
	sessions_free(s);
}
