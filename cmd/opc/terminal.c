#include "terminal.h"

#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool terminal_is_wanted(void)
{
	return isatty(STDOUT_FILENO);
}

void terminal_resize(const struct terminal *t)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		(void)ioctl(t->master, TIOCSWINSZ, &size);
}

/* Ours hands on each byte as it is typed; the child's does the rest. */
static void take_over_input(struct terminal *t)
{
	struct termios raw;

	if (!isatty(STDIN_FILENO) || tcgetpgrp(STDIN_FILENO) != getpgrp() ||
	    tcgetattr(STDIN_FILENO, &t->before) != 0)
		return;
	raw = t->before;
	(void)tcsetattr(t->slave, TCSANOW, &t->before);
	cfmakeraw(&raw);
	t->typed = tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
}

/* Where ours is not in raw mode it ends lines itself. */
static void leave_lines_alone(const struct terminal *t)
{
	struct termios mode;

	if (tcgetattr(t->slave, &mode) != 0)
		return;
	mode.c_oflag &= ~(tcflag_t)OPOST;
	(void)tcsetattr(t->slave, TCSANOW, &mode);
}

err_t terminal_open(struct terminal *t)
{
	char name[128];

	*t = (struct terminal){.master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK),
			       .slave = -1};
	if (t->master < 0)
		return err_new(ERR_UNAVAILABLE, "a terminal for the command: %m");
	if (grantpt(t->master) == 0 && unlockpt(t->master) == 0 &&
	    ptsname_r(t->master, name, sizeof(name)) == 0)
		t->slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (t->slave < 0) {
		err_t e = err_new(ERR_UNAVAILABLE, "a terminal for the command: %m");

		(void)close(t->master);
		return e;
	}
	take_over_input(t);
	if (!t->typed)
		leave_lines_alone(t);
	terminal_resize(t);
	return NULL;
}

void terminal_close(struct terminal *t)
{
	if (t->typed)
		(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &t->before);
	secret_wipe(t->pending, sizeof(t->pending));
}

void terminal_become(const struct terminal *t)
{
	if (!t->typed)
		return;
	(void)setsid();
	(void)ioctl(t->slave, TIOCSCTTY, 0);
	(void)dup2(t->slave, STDIN_FILENO);
}

/* What the child has not taken yet waits; no more is read until it has. */
bool terminal_pass_input(struct terminal *t)
{
	ssize_t n;

	if (t->n_pending == 0) {
		n = read(STDIN_FILENO, t->pending, sizeof(t->pending));
		if (n <= 0)
			return n < 0 && errno == EINTR;
		t->n_pending = (size_t)n;
	}
	n = write(t->master, t->pending, t->n_pending);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	t->n_pending -= (size_t)n;
	memmove(t->pending, t->pending + n, t->n_pending);
	return true;
}
