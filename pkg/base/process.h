#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

/* First call of every main: no core dumps, not dumpable or traceable by its own user, SIGPIPE ignored. */
void process_harden(void);

#endif
