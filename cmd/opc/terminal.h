#ifndef CMD_OPC_TERMINAL_H
#define CMD_OPC_TERMINAL_H

#include "base/err.h"

#include <termios.h>

/* A terminal of the child's own, where it would have had ours: what it prints passes through us, what is
 * typed goes to it byte by byte, and its line discipline makes signals of ^C and the like. */
struct terminal {
	int master, slave;
	bool typed; /* our standard input is a terminal too, and ours to read */
	struct termios before;
	char pending[1024]; /* typed, and not taken yet */
	size_t n_pending;
};

/* Whether standard output is a terminal at all. */
bool terminal_is_wanted(void);
err_t terminal_open(struct terminal *t) NODISCARD;
/* Gives our own terminal back as it was. */
void terminal_close(struct terminal *t);

/* In the child: makes it its controlling terminal. */
void terminal_become(const struct terminal *t);

/* Ours has another size now. */
void terminal_resize(const struct terminal *t);

/* Something was typed, or there is room for what was. false: nothing more will be typed. */
bool terminal_pass_input(struct terminal *t);

#endif
