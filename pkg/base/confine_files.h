#ifndef BASE_CONFINE_FILES_H
#define BASE_CONFINE_FILES_H

#include "base/str.h"

/* Takes files away from this thread and those that it starts later, for good: below `writable` files are
 * read, written, made and removed, below the folders `readable` they are read, and /proc/self and
 * /dev/urandom stay readable. All else can no longer be opened (EACCES), nor can TCP connections to others
 * be, where the kernel can tell. What is open stays open. To be called before threads start. ERR_UNAVAILABLE
 * where the kernel has no Landlock: nothing changed. */
err_t process_confine_files(const char *writable, const struct strv *readable) NODISCARD;

#endif
