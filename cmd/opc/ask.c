#include "ask.h"

#include "opc.h"

#include "base/mem.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

void asker_release(struct asker *a)
{
	secret_free(a->piped);
	*a = (struct asker){0};
}

static NODISCARD err_t next_line(struct asker *a, const char *what, struct secret **out)
{
	const char *line;
	size_t len;

	if (!a->piped) {
		a->piped = secret_new(ASK_MAX);
		TRY_(input_read(NULL, a->piped));
	}
	line = secret_bytes(a->piped) + a->at;
	len = strcspn(line, "\r\n");
	if (len == 0)
		return err_new(ERR_INVALID, "there is no %s on standard input", what);
	*out = secret_from(line, len);
	a->at += len + (line[len] == '\r');
	a->at += line[len + (line[len] == '\r')] == '\n';
	return NULL;
}

/* --- a terminal --- */

static volatile sig_atomic_t caught;

static void catch (int signal)
{
	caught = signal;
}

static const int caught_signals[] = {SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGTSTP};
#define N_CAUGHT ARRAY_LEN(caught_signals)

/* A terminal line is shorter than this. */
static NODISCARD err_t read_typed(struct secret **out)
{
	char line[ASK_MAX];
	const ssize_t n = read(STDIN_FILENO, line, sizeof(line));
	const size_t len = n > 0 ? (size_t)n - (line[n - 1] == '\n') : 0;

	if (len > 0)
		*out = secret_from(line, len);
	secret_wipe(line, sizeof(line));
	return len > 0 ? NULL : err_new(n < 0 ? ERR_CANCELED : ERR_INVALID, "nothing was typed");
}

/* Whatever ends us, the terminal shows again what is typed. */
static NODISCARD err_t ask_terminal(const char *prompt, struct secret **out)
{
	struct sigaction before[N_CAUGHT];
	const struct sigaction interrupt = {.sa_handler = catch};
	struct termios shown, hidden;
	err_t e;

	if (tcgetattr(STDIN_FILENO, &shown) != 0)
		return err_new(ERR_UNAVAILABLE, "the terminal: %m");
	caught = 0;
	for (size_t i = 0; i < N_CAUGHT; i++)
		(void)sigaction(caught_signals[i], &interrupt, &before[i]);
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
	fprintf(stderr, "%s: ", prompt);
	e = read_typed(out);
	fprintf(stderr, "\n");
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
	for (size_t i = 0; i < N_CAUGHT; i++)
		(void)sigaction(caught_signals[i], &before[i], NULL);
	if (caught)
		(void)raise(caught);
	return e;
}

err_t ask_secret(struct asker *a, const char *what, struct secret **out)
{
	return isatty(STDIN_FILENO) ? ask_terminal(what, out) : next_line(a, what, out);
}

err_t ask_new_secret(struct asker *a, const char *what, struct secret **out)
{
	CLEANUP(secret_freep) struct secret *first = NULL;
	CLEANUP(secret_freep) struct secret *again = NULL;
	CLEANUP(mem_freep) char *prompt = mem_printf("%s again", what);

	TRY_(ask_secret(a, what, &first));
	if (isatty(STDIN_FILENO)) {
		TRY_(ask_terminal(prompt, &again));
		if (!secret_eq(first, again))
			return err_new(ERR_INVALID, "the two are not the same; nothing was done");
	}
	*out = TAKE(first);
	return NULL;
}
