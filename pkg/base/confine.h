#ifndef BASE_CONFINE_H
#define BASE_CONFINE_H

#include "base/err.h"

/* Gives up, for all threads and for good, what a server never does: running another program, looking into
 * other processes, mounting, loading into the kernel, new namespaces. Such calls fail with EPERM from then
 * on, also those of whoever got to run code in the process. ERR_UNAVAILABLE where the kernel has no seccomp.
 */
err_t process_confine(void) NODISCARD;

#endif
