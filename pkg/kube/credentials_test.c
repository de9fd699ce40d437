#include "kube/credentials.h"

#include "base/mem.h"
#include "base/test.h"
#include "kube/folder_test.h"
#include <string.h>

#define PEM(what) "-----BEGIN CERTIFICATE-----\n" what "\n-----END CERTIFICATE-----\n"

static int64_t now(void *arg)
{
	return *(int64_t *)arg;
}

/* Credentials from files in a folder, with a clock that the test moves. */
struct fixture {
	struct folder folder;
	int64_t now_ns;
	struct clock clock;
	struct kube_settings settings;
	struct credentials *credentials;
};

static void fixture_init(struct fixture *f)
{
	*f = (struct fixture){.now_ns = 1000 * NS_PER_S, .clock = {now, NULL}};
	f->clock.arg = &f->now_ns;
	folder_init(&f->folder);
	f->settings.source = mem_strdup("kubeconfig");
}

static void fixture_release(struct fixture *f)
{
	credentials_free(f->credentials);
	kube_settings_release(&f->settings);
	folder_release(&f->folder);
}

static void check_token(struct fixture *f, bool fresh, const char *want)
{
	CLEANUP(secret_freep) struct secret *token = credentials_token(f->credentials, fresh);

	CHECK_STR(token ? secret_bytes(token) : NULL, want);
}

static void start(struct fixture *f)
{
	CHECK_OK(credentials_new(&f->settings, &f->clock, &f->credentials));
}

TEST(credentials, a_token_file_is_read_again_after_10_s)
{
	CLEANUP(fixture_release) struct fixture f;

	fixture_init(&f);
	folder_write(&f.folder, "token", "one\n");
	f.settings.token_file = folder_path(&f.folder, "token");
	start(&f);
	check_token(&f, false, "one");
	folder_write(&f.folder, "token", "two");
	f.now_ns += 9 * NS_PER_S;
	check_token(&f, false, "one");
	f.now_ns += NS_PER_S;
	check_token(&f, false, "two");
}

TEST(credentials, a_refused_token_is_read_again_at_once)
{
	CLEANUP(fixture_release) struct fixture f;

	fixture_init(&f);
	folder_write(&f.folder, "token", " one ");
	f.settings.token_file = folder_path(&f.folder, "token");
	start(&f);
	folder_write(&f.folder, "token", "two");
	check_token(&f, true, "two");
}

TEST(credentials, a_token_file_that_is_gone_or_broken_leaves_the_last_token)
{
	static const char *const broken[] = {"", "\n", "two words", "a\001b"};
	CLEANUP(fixture_release) struct fixture f;

	fixture_init(&f);
	folder_write(&f.folder, "token", "one");
	f.settings.token_file = folder_path(&f.folder, "token");
	start(&f);
	for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
		folder_write(&f.folder, "token", broken[i]);
		check_token(&f, true, "one");
	}
	folder_remove(&f.folder, "token");
	check_token(&f, true, "one");
	CHECK_INT(err_live(), 0);
}

TEST(credentials, the_file_counts_more_than_the_text_when_it_can_be_read)
{
	CLEANUP(fixture_release) struct fixture f;

	fixture_init(&f);
	f.settings.token_file = folder_path(&f.folder, "token");
	f.settings.token = secret_from_str("text");
	start(&f);
	check_token(&f, false, "text");
	folder_write(&f.folder, "token", "file");
	f.now_ns += 10 * NS_PER_S;
	check_token(&f, false, "file");
}

TEST(credentials, without_a_token_there_is_none)
{
	CLEANUP(fixture_release) struct fixture f;

	fixture_init(&f);
	start(&f);
	check_token(&f, false, NULL);
	check_token(&f, true, NULL);
}

static void set_files(struct fixture *f)
{
	folder_write(&f->folder, "ca", PEM("ca one"));
	folder_write(&f->folder, "cert", PEM("cert one"));
	folder_write(&f->folder, "key", PEM("key one"));
	f->settings.ca_file = folder_path(&f->folder, "ca");
	f->settings.cert_file = folder_path(&f->folder, "cert");
	f->settings.key_file = folder_path(&f->folder, "key");
}

TEST(credentials, certificates_are_read_again_after_5_min)
{
	static const char *const names[] = {"ca", "cert", "key"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		CLEANUP(fixture_release) struct fixture f;
		CLEANUP(tls_files_release) struct tls_files tls = {0};

		fixture_init(&f);
		set_files(&f);
		start(&f);
		const uint64_t first = credentials_tls_generation(f.credentials);
		f.now_ns += 300 * NS_PER_S;
		CHECK_INT(credentials_tls_generation(f.credentials), first);
		folder_write(&f.folder, names[i], PEM("two"));
		f.now_ns += 299 * NS_PER_S;
		CHECK_INT(credentials_tls_generation(f.credentials), first);
		f.now_ns += NS_PER_S;
		CHECK(credentials_tls_generation(f.credentials) != first);
		credentials_tls(f.credentials, &tls);
		CHECK_STR(tls.ca_pem, i == 0 ? PEM("two") : PEM("ca one"));
		CHECK_STR(tls.cert_pem, i == 1 ? PEM("two") : PEM("cert one"));
		CHECK_STR(secret_bytes(tls.key_pem), i == 2 ? PEM("two") : PEM("key one"));
	}
}

TEST(credentials, a_half_written_certificate_leaves_the_last_one)
{
	CLEANUP(fixture_release) struct fixture f;

	fixture_init(&f);
	set_files(&f);
	start(&f);
	const uint64_t first = credentials_tls_generation(f.credentials);
	folder_write(&f.folder, "ca", "-----BEGIN CERT");
	f.now_ns += 300 * NS_PER_S;
	CHECK_INT(credentials_tls_generation(f.credentials), first);
	folder_remove(&f.folder, "ca");
	f.now_ns += 300 * NS_PER_S;
	CHECK_INT(credentials_tls_generation(f.credentials), first);
	CHECK_INT(err_live(), 0);
}

TEST(credentials, at_the_start_every_file_must_be_there)
{
	static const struct {
		const char *missing, *want;
	} cases[] = {{"ca", "certificate-authority"},
		     {"cert", "client-certificate"},
		     {"key", "client-key"},
		     {"token", "tokenFile"}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(fixture_release) struct fixture f;

		fixture_init(&f);
		set_files(&f);
		folder_write(&f.folder, "token", "t");
		f.settings.token_file = folder_path(&f.folder, "token");
		folder_remove(&f.folder, cases[i].missing);
		CLEANUP(err_freep) err_t e = credentials_new(&f.settings, &f.clock, &f.credentials);
		CHECK_MSG(e && strstr(err_text(e), cases[i].want) && strstr(err_text(e), f.folder.path), "%s",
			  e ? err_text(e) : "no error");
	}
}
