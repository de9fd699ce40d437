#ifndef CMD_OPC_PROGRESS_H
#define CMD_OPC_PROGRESS_H

#include "base/def.h"

/* How far long work is, "1200 rows", in one line of a terminal at standard error that is written over and
 * over; without a terminal there, nothing. prints: what the work is about goes to standard output meanwhile,
 * which must not be the same terminal then. */
void progress_show(size_t done, const char *what, bool prints);
void progress_clear(void);

#endif
