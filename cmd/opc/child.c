#include "child.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define PIECE 65536
#define LAST_WORDS_MS 100
/* What a shell says of a command that is not there, and of one that can't be run. */
#define STATUS_NOT_FOUND 127
#define STATUS_NOT_RUN 126

static const int forwarded[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGUSR1,
				SIGUSR2, SIGCONT, SIGTSTP, SIGWINCH};

/* One of the child's two outputs. */
struct output {
	int pipe[2];
	int to;
	struct mask_stream stream;
	bool open;
};

/* false: nobody reads any more. */
static bool write_all(int fd, const char *p, size_t len)
{
	while (len > 0) {
		const ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

static bool show(const struct mask *mask, struct output *o, const char *p, size_t len)
{
	CLEANUP(strbuf_release) struct strbuf out = {0};

	strbuf_init(&out, (size_t)64 << 20);
	if (len > 0)
		mask_feed(mask, &o->stream, p, len, &out);
	else
		mask_end(mask, &o->stream, &out);
	return write_all(o->to, out.p, out.len);
}

static void pass_on(const struct mask *mask, struct output *o)
{
	char piece[PIECE];
	const ssize_t n = read(o->pipe[0], piece, sizeof(piece));

	if (n < 0 && errno == EINTR)
		return;
	const bool shown = show(mask, o, piece, n > 0 ? (size_t)n : 0);
	secret_wipe(piece, sizeof(piece));
	/* What the reader of our output has left, the child is to leave too: by SIGPIPE. */
	if (n <= 0 || !shown) {
		o->open = false;
		(void)close(o->pipe[0]);
	}
}

static void pass_signal(int fd, pid_t child)
{
	struct signalfd_siginfo info;

	/* One that a terminal sends, the child has got as well. */
	if (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info) && info.ssi_code != SI_KERNEL)
		(void)kill(child, (int)info.ssi_signo);
}

static int status_of(int wait_status)
{
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

static _Noreturn void become(const char *const *command, const struct output outputs[2], bool masked,
			     const sigset_t *signals)
{
	(void)sigprocmask(SIG_SETMASK, signals, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	if (masked) {
		(void)dup2(outputs[0].pipe[1], STDOUT_FILENO);
		(void)dup2(outputs[1].pipe[1], STDERR_FILENO);
		for (int i = 0; i < 2; i++) {
			(void)close(outputs[i].pipe[0]);
			(void)close(outputs[i].pipe[1]);
		}
	}
	(void)execvp(command[0], (char *const *)(uintptr_t)command);
	fprintf(stderr, "opc: %s: %s\n", command[0], strerror(errno)); /* NOLINT(concurrency-mt-unsafe) */
	_exit(errno == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_RUN);
}

/* What there is to read now: passes it on. false: nothing came in time. */
static bool serve_once(pid_t child, const struct mask *mask, struct output outputs[2], int signals,
		       int wait_ms)
{
	struct pollfd fds[] = {{.fd = signals, .events = POLLIN},
			       {.fd = outputs[0].open ? outputs[0].pipe[0] : -1, .events = POLLIN},
			       {.fd = outputs[1].open ? outputs[1].pipe[0] : -1, .events = POLLIN}};

	if (poll(fds, ARRAY_LEN(fds), wait_ms) <= 0)
		return false;
	if (fds[0].revents)
		pass_signal(signals, child);
	for (int i = 0; i < 2; i++)
		if (outputs[i].open && fds[i + 1].revents)
			pass_on(mask, &outputs[i]);
	return true;
}

/* Until the child has ended and its outputs are read. A child of the child may hold an output open for ever:
 * once ours has ended, only what is there counts. */
static int attend(pid_t child, const struct mask *mask, struct output outputs[2], int signals)
{
	int wait_status = 0;

	while (waitpid(child, &wait_status, WNOHANG) != child)
		(void)serve_once(child, mask, outputs, signals, -1);
	while ((outputs[0].open || outputs[1].open) &&
	       serve_once(child, mask, outputs, signals, LAST_WORDS_MS))
		;
	for (int i = 0; i < 2; i++)
		if (outputs[i].open)
			(void)show(mask, &outputs[i], "", 0);
	return status_of(wait_status);
}

static NODISCARD err_t open_pipes(struct output outputs[2])
{
	for (int i = 0; i < 2; i++) {
		if (pipe2(outputs[i].pipe, O_CLOEXEC) != 0)
			return err_new(ERR_UNAVAILABLE, "pipe: %m");
		outputs[i].open = true;
	}
	return NULL;
}

err_t child_run(const char *const *command, const struct mask *mask, int *out_status)
{
	struct output outputs[2] = {{.to = STDOUT_FILENO}, {.to = STDERR_FILENO}};
	sigset_t watched, before;
	int signals;
	pid_t child;

	(void)sigemptyset(&watched);
	for (size_t i = 0; i < ARRAY_LEN(forwarded); i++)
		(void)sigaddset(&watched, forwarded[i]);
	(void)sigaddset(&watched, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &watched, &before);
	signals = signalfd(-1, &watched, SFD_CLOEXEC);
	if (signals < 0)
		return err_new(ERR_UNAVAILABLE, "signalfd: %m");
	if (mask)
		TRY_(open_pipes(outputs));
	child = fork();
	if (child < 0)
		return err_new(ERR_UNAVAILABLE, "fork: %m");
	if (child == 0)
		become(command, outputs, mask, &before);
	for (int i = 0; mask && i < 2; i++)
		(void)close(outputs[i].pipe[1]);
	*out_status = attend(child, mask, outputs, signals);
	for (int i = 0; i < 2; i++)
		mask_stream_release(&outputs[i].stream);
	(void)close(signals);
	return NULL;
}
