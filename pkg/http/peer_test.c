#include "http/peer_test.h"

#include "base/file.h"
#include "base/mem.h"
#include <dirent.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SCRIPT "pkg/http/testdata/peer.py"

static const char *python(void)
{
	/* A wrapper earlier in PATH may take longer to start than a whole test takes. */
	return access("/usr/bin/python3", X_OK) == 0 ? "/usr/bin/python3" : "python3";
}

static char *read_line(FILE *from)
{
	char line[1024];

	if (!fgets(line, sizeof(line), from))
		return NULL;
	line[strcspn(line, "\n")] = '\0';
	return mem_strdup(line);
}

static void start_process(struct peer *p)
{
	int in[2], out[2];
	posix_spawn_file_actions_t actions;
	char program[64], flags[] = "-ISE", script[] = SCRIPT;
	char *argv[] = {program, flags, script, p->folder, NULL};

	(void)snprintf(program, sizeof(program), "%s", python());
	CHECK(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
	CHECK(posix_spawn_file_actions_init(&actions) == 0);
	CHECK(posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO) == 0);
	CHECK(posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO) == 0);
	CHECK(posix_spawnp(&p->pid, argv[0], &actions, NULL, argv, environ) == 0);
	posix_spawn_file_actions_destroy(&actions);
	close(in[0]);
	close(out[1]);
	p->to = in[1];
	p->from = fdopen(out[0], "r");
}

void peer_start(struct peer *p, bool tls)
{
	static const char *const variables[] = {"HTTP_PROXY",    "http_proxy", "HTTPS_PROXY",
						"https_proxy",   "NO_PROXY",   "no_proxy",
						"SSL_CERT_FILE", "ALL_PROXY",  "all_proxy"};

	for (size_t i = 0; i < ARRAY_LEN(variables); i++)
		unsetenv(variables[i]);
	*p = (struct peer){0};
	if (tls) {
		char template[] = "/tmp/http-peer-XXXXXX";

		CHECK(mkdtemp(template) != NULL);
		p->folder = mem_strdup(template);
	}
	http_client_global_init();
	start_process(p);
	p->ports = read_line(p->from);
	CHECK_MSG(p->ports != NULL, "%s did not start", SCRIPT);
}

static void remove_folder(const char *folder)
{
	DIR *d = opendir(folder);

	for (const struct dirent *entry = readdir(d); entry; entry = readdir(d)) {
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(d), entry->d_name, 0);
	}
	closedir(d);
	rmdir(folder);
}

void peer_stop(struct peer *p)
{
	close(p->to);
	fclose(p->from);
	CHECK(waitpid(p->pid, NULL, 0) == p->pid);
	if (p->folder)
		remove_folder(p->folder);
	mem_free(p->folder);
	mem_free(p->ports);
	strv_release(&p->stores);
	http_client_global_release();
	CHECK_INT(err_live(), 0);
}

static const char *keep(struct peer *p, char *text)
{
	const char *kept = text;

	strv_add_take(&p->stores, &text);
	return kept;
}

const char *peer_url(struct peer *p, const char *scheme, const char *host, const char *port_name)
{
	CLEANUP(mem_freep) char *key = mem_printf("%s=", port_name);
	const char *found = strstr(p->ports, key);

	CHECK_MSG(found != NULL, "the peer has no port %s", port_name);
	found += strlen(key);
	return keep(p, mem_printf("%s://%s:%.*s", scheme, host, (int)strcspn(found, " "), found));
}

const char *peer_file(struct peer *p, const char *name)
{
	CLEANUP(mem_freep) char *path = mem_printf("%s/%s", p->folder, name);
	char *content = NULL;
	size_t len = 0;

	CHECK_OK(file_read(path, 65536, &content, &len));
	return keep(p, content);
}

void peer_expect(struct peer *p, const char *line)
{
	CLEANUP(mem_freep) char *said = read_line(p->from);

	CHECK_STR(said, line);
}

size_t peer_open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

struct http_request peer_get(const char *path)
{
	return (struct http_request){.method = "GET", .path = path, .timeout_ms = 20000, .max_bytes = 100000};
}
