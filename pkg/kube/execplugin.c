#include "kube/execplugin.h"

#include "base/clock.h"
#include "base/mem.h"
#include "json/json.h"
#include "json/jsonw.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANSWER_MAX ((size_t)1 << 20)
#define INFO_MAX ((size_t)1 << 20)
#define PIECE 4096

void kube_exec_freep(struct kube_exec **e)
{
	if (!*e)
		return;
	mem_free((*e)->command);
	strv_release(&(*e)->args);
	strv_release(&(*e)->env);
	mem_free((*e)->api_version);
	mem_free(*e);
	*e = NULL;
}

void kube_exec_credentials_release(struct kube_exec_credentials *c)
{
	secret_free(c->token);
	mem_free(c->cert_pem);
	secret_free(c->key_pem);
	*c = (struct kube_exec_credentials){0};
}

/* --- what it is told --- */

static bool is_interactive(const struct kube_exec *e)
{
	return e->interactive != KUBE_EXEC_NEVER && isatty(STDIN_FILENO);
}

static NODISCARD err_t write_info(const struct kube_exec *e, const char *cluster_json, struct strbuf *out)
{
	struct jsonw w;

	strbuf_adds(out, "KUBERNETES_EXEC_INFO=");
	jsonw_init_str(&w, out);
	jsonw_object(&w);
	jsonw_kstr(&w, "kind", "ExecCredential");
	jsonw_kstr(&w, "apiVersion", e->api_version);
	jsonw_kobject(&w, "spec");
	if (e->wants_cluster && cluster_json) {
		jsonw_key(&w, "cluster");
		jsonw_raw(&w, cluster_json, strlen(cluster_json));
	}
	jsonw_kbool(&w, "interactive", is_interactive(e));
	jsonw_end_object(&w);
	jsonw_end_object(&w);
	return jsonw_done(&w);
}

static bool is_set_in(const struct strv *env, const char *entry)
{
	const size_t len = strcspn(entry, "=") + 1;

	for (size_t i = 0; i < env->n; i++)
		if (strncmp(env->v[i], entry, len) == 0)
			return true;
	return false;
}

static NODISCARD err_t write_environment(const struct kube_exec *e, const char *cluster_json,
					 const char *const *environment, struct strv *out)
{
	CLEANUP(strbuf_release) struct strbuf info = {0};

	strbuf_init(&info, INFO_MAX);
	TRY_(write_info(e, cluster_json, &info));
	strv_add(out, info.p);
	for (size_t i = 0; i < e->env.n; i++)
		strv_add(out, e->env.v[i]);
	for (; environment && *environment; environment++)
		if (!is_set_in(out, *environment))
			strv_add(out, *environment);
	return NULL;
}

/* As exec wants it: NULL-terminated. Borrows; caller frees. */
static char **array_of(const char *first, const struct strv *rest)
{
	char **v = mem_calloc(rest->n + 2, sizeof(*v));
	size_t n = 0;

	if (first)
		v[n++] = (char *)(uintptr_t)first;
	for (size_t i = 0; i < rest->n; i++)
		v[n++] = rest->v[i];
	return v;
}

/* --- running it --- */

struct process {
	pid_t pid;
	int out; /* its standard output */
};

static NODISCARD err_t spawn(const struct kube_exec *e, const struct strv *environment, struct process *out)
{
	CLEANUP(mem_freep) char **argv = array_of(e->command, &e->args);
	CLEANUP(mem_freep) char **envp = array_of(NULL, environment);
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t defaults;
	int pipe_fds[2], failed;

	if (pipe2(pipe_fds, O_CLOEXEC) != 0)
		return err_new(ERR_UNAVAILABLE, "pipe: %m");
	(void)sigemptyset(&defaults);
	(void)sigaddset(&defaults, SIGPIPE);
	(void)posix_spawnattr_init(&attributes);
	(void)posix_spawnattr_setsigdefault(&attributes, &defaults);
	(void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], STDOUT_FILENO);
	if (!is_interactive(e))
		(void)posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	failed = posix_spawnp(&out->pid, e->command, &actions, &attributes, argv, envp);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&attributes);
	(void)close(pipe_fds[1]);
	out->out = pipe_fds[0];
	if (failed == 0)
		return NULL;
	(void)close(pipe_fds[0]);
	errno = failed;
	return err_new(ERR_NOT_FOUND, "%s: %m", e->command);
}

/* Up to the end of its output, or the deadline. */
static NODISCARD err_t read_answer(int fd, struct secret *out)
{
	const int64_t deadline_ns = clock_now_ns(NULL) + KUBE_EXEC_TIMEOUT_MS * NS_PER_MS;
	char piece[PIECE];

	for (;;) {
		const int64_t left_ms = (deadline_ns - clock_now_ns(NULL)) / NS_PER_MS;
		struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

		if (left_ms <= 0)
			return err_new(ERR_TIMEOUT, "it gave no answer in time");
		if (poll(&poll_fd, 1, (int)left_ms) <= 0)
			continue;
		const ssize_t n = read(fd, piece, sizeof(piece));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_new(ERR_UNAVAILABLE, "reading its answer: %m");
		if (n == 0)
			return NULL;
		err_t e = secret_add(out, piece, (size_t)n);
		secret_wipe(piece, sizeof(piece));
		TRY_(e);
	}
}

static NODISCARD err_t check_end(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status))
		return err_new(ERR_UNAVAILABLE, "it was ended by signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return err_new(ERR_DENIED, "it ended with status %d", WEXITSTATUS(status));
	return NULL;
}

static NODISCARD err_t run(const struct kube_exec *e, const struct strv *environment, struct secret *answer)
{
	struct process process = {0};
	err_t failed, ended;

	TRY_(spawn(e, environment, &process));
	failed = read_answer(process.out, answer);
	(void)close(process.out);
	if (failed)
		(void)kill(process.pid, SIGKILL);
	ended = check_end(process.pid);
	if (!failed)
		return ended;
	err_free(ended);
	return failed;
}

/* --- what it answers --- */

static NODISCARD err_t parse(const struct kube_exec *e, const struct secret *answer,
			     struct kube_exec_credentials *out)
{
	CLEANUP(jsonx_freep) struct jsonx *doc = NULL;

	TRY(jsonx_parse(secret_bytes(answer), secret_len(answer), &doc), "its answer");
	const struct jsonx *status = jsonx_get(doc, "status");
	const char *token = jsonx_get_str(status, "token");
	const char *cert = jsonx_get_str(status, "clientCertificateData");
	const char *key = jsonx_get_str(status, "clientKeyData");
	if (!streq(jsonx_get_str(doc, "kind"), "ExecCredential") ||
	    !streq(jsonx_get_str(doc, "apiVersion"), e->api_version))
		return err_new(ERR_PROTOCOL, "its answer is no ExecCredential of %s", e->api_version);
	if (!cert != !key)
		return err_new(ERR_PROTOCOL, "its answer has a certificate or a key without the other");
	if (str_empty(token) && str_empty(cert))
		return err_new(ERR_PROTOCOL, "its answer has neither a token nor a certificate");
	out->token = str_empty(token) ? NULL : secret_from_str(token);
	out->cert_pem = str_empty(cert) ? NULL : mem_strdup(cert);
	out->key_pem = str_empty(cert) ? NULL : secret_from_str(key);
	return NULL;
}

err_t kube_exec_run(const struct kube_exec *e, const char *cluster_json, const char *const *environment,
		    struct kube_exec_credentials *out)
{
	CLEANUP(secret_freep) struct secret *answer = secret_new(ANSWER_MAX);
	CLEANUP(strv_release) struct strv all = {0};

	if (e->interactive == KUBE_EXEC_ALWAYS && !isatty(STDIN_FILENO))
		return err_new(ERR_INVALID, "exec plugin %s: it needs a terminal", e->command);
	TRY_(write_environment(e, cluster_json, environment, &all));
	TRY(run(e, &all, answer), "exec plugin %s", e->command);
	return err_wrap(parse(e, answer, out), "exec plugin %s", e->command);
}
