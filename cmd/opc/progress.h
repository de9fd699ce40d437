#ifndef CMD_OPC_PROGRESS_H
#define CMD_OPC_PROGRESS_H

#include "base/def.h"

/* How far long work is, in one line of a terminal at standard error that is written over and over; without a
 * terminal there, and where standard output goes to the same one, nothing. */
void progress_show(size_t done, const char *what); /* "1200 rows" */
void progress_clear(void);

#endif
