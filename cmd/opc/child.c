#include "child.h"

#include "base/mem.h"
#include "terminal.h"

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

/* The child, and what of it passes through us. */
struct child {
	pid_t pid;
	const struct mask *mask; /* NULL: nothing does */
	struct output outputs[2];
	struct terminal *terminal; /* NULL: it has none of its own */
	bool typing;
	int signals;
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

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	const bool shown = show(mask, o, piece, n > 0 ? (size_t)n : 0);
	secret_wipe(piece, sizeof(piece));
	/* What the reader of our output has left, the child is to leave too: by SIGPIPE. */
	if (n <= 0 || !shown) {
		o->open = false;
		(void)close(o->pipe[0]);
	}
}

static void pass_signal(const struct child *c)
{
	struct signalfd_siginfo info;

	if (read(c->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (c->terminal && info.ssi_signo == SIGWINCH)
		terminal_resize(c->terminal);
	/* One that our terminal sends, the child has got as well, unless it has a terminal of its own. */
	if (info.ssi_signo != SIGCHLD && (info.ssi_code != SI_KERNEL || (c->terminal && c->terminal->typed)))
		(void)kill(c->pid, (int)info.ssi_signo);
}

static int status_of(int wait_status)
{
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

static _Noreturn void become(const char *const *command, const struct child *c, const sigset_t *signals)
{
	(void)sigprocmask(SIG_SETMASK, signals, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	if (c->terminal)
		terminal_become(c->terminal);
	/* Descriptors of ours are closed by exec. */
	for (int i = 0; c->mask && i < 2; i++)
		(void)dup2(c->outputs[i].pipe[1], i == 0 ? STDOUT_FILENO : STDERR_FILENO);
	(void)execvp(command[0], (char *const *)(uintptr_t)command);
	fprintf(stderr, "opc: %s: %s\n", command[0], strerror(errno)); /* NOLINT(concurrency-mt-unsafe) */
	_exit(errno == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_RUN);
}

/* Nothing is read of what is typed while the child has not taken what was typed before. */
static struct pollfd poll_input(const struct child *c)
{
	if (!c->typing)
		return (struct pollfd){.fd = -1};
	if (c->terminal->n_pending > 0)
		return (struct pollfd){.fd = c->terminal->master, .events = POLLOUT};
	return (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
}

/* What there is to read now: passes it on. false: nothing came in time. */
static bool serve_once(struct child *c, int wait_ms)
{
	struct pollfd fds[] = {{.fd = c->signals, .events = POLLIN},
			       {.fd = c->outputs[0].open ? c->outputs[0].pipe[0] : -1, .events = POLLIN},
			       {.fd = c->outputs[1].open ? c->outputs[1].pipe[0] : -1, .events = POLLIN},
			       poll_input(c)};

	if (poll(fds, ARRAY_LEN(fds), wait_ms) <= 0)
		return false;
	if (fds[0].revents)
		pass_signal(c);
	for (int i = 0; i < 2; i++)
		if (c->outputs[i].open && fds[i + 1].revents)
			pass_on(c->mask, &c->outputs[i]);
	if (fds[3].revents)
		c->typing = terminal_pass_input(c->terminal);
	return true;
}

/* Until the child has ended and its outputs are read. A child of the child may hold an output open for ever:
 * once ours has ended, only what is there counts. */
static int attend(struct child *c)
{
	int wait_status = 0;

	while (waitpid(c->pid, &wait_status, WNOHANG) != c->pid)
		(void)serve_once(c, -1);
	c->typing = false;
	while ((c->outputs[0].open || c->outputs[1].open) && serve_once(c, LAST_WORDS_MS))
		;
	for (int i = 0; i < 2; i++)
		if (c->outputs[i].open)
			(void)show(c->mask, &c->outputs[i], "", 0);
	return status_of(wait_status);
}

/* Standard output goes over a terminal if ours is one, and so does error output. */
static NODISCARD err_t open_outputs(struct child *c, struct terminal *terminal)
{
	const bool wanted = terminal_is_wanted();

	if (wanted) {
		TRY_(terminal_open(terminal));
		c->terminal = terminal;
		c->typing = terminal->typed;
		for (int i = 0; i < 2; i++) {
			c->outputs[i].pipe[0] = terminal->master;
			c->outputs[i].pipe[1] = terminal->slave;
		}
		c->outputs[0].open = true;
	}
	for (int i = wanted ? 1 : 0; i < 2; i++) {
		if (wanted && isatty(STDERR_FILENO))
			continue;
		if (pipe2(c->outputs[i].pipe, O_CLOEXEC) != 0)
			return err_new(ERR_UNAVAILABLE, "pipe: %m");
		c->outputs[i].open = true;
	}
	return NULL;
}

static NODISCARD err_t start(struct child *c, const char *const *command, const sigset_t *signals)
{
	c->pid = fork();
	if (c->pid < 0)
		return err_new(ERR_UNAVAILABLE, "fork: %m");
	if (c->pid == 0)
		become(command, c, signals);
	for (int i = 0; c->mask && i < 2; i++)
		if (c->outputs[i].open)
			(void)close(c->outputs[i].pipe[1]);
	return NULL;
}

err_t child_run(const char *const *command, const struct mask *mask, int *out_status)
{
	struct child c = {.mask = mask, .outputs = {{.to = STDOUT_FILENO}, {.to = STDERR_FILENO}}};
	struct terminal terminal = {0};
	sigset_t watched, before;
	err_t e = NULL;

	(void)sigemptyset(&watched);
	for (size_t i = 0; i < ARRAY_LEN(forwarded); i++)
		(void)sigaddset(&watched, forwarded[i]);
	(void)sigaddset(&watched, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &watched, &before);
	c.signals = signalfd(-1, &watched, SFD_CLOEXEC);
	if (c.signals < 0)
		return err_new(ERR_UNAVAILABLE, "signalfd: %m");
	if (mask)
		e = open_outputs(&c, &terminal);
	if (!e)
		e = start(&c, command, &before);
	if (!e)
		*out_status = attend(&c);
	if (c.terminal)
		terminal_close(&terminal);
	for (int i = 0; i < 2; i++)
		mask_stream_release(&c.outputs[i].stream);
	(void)close(c.signals);
	return e;
}
