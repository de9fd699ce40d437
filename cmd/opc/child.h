#ifndef CMD_OPC_CHILD_H
#define CMD_OPC_CHILD_H

#include "opc/mask.h"

/* Runs a command in the environment of this process. With a mask its output and error output go through it,
 * over a terminal where ours is one; without, they are ours. Signals that end or control us are passed on.
 * *out_status: as a shell has it, 128 + n for signal n. */
err_t child_run(const char *const *command, const struct mask *mask, int *out_status) NODISCARD;

#endif
