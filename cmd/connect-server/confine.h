#ifndef CONNECT_SERVER_CONFINE_H
#define CONNECT_SERVER_CONFINE_H

#include "command.h"

/* Before threads start: from then on only the data directory can be written to, and besides it only the
 * folders of the two files, and of what they link to, can be read; "" is no file. A kernel that can't do that
 * is told of in the log. */
err_t confine_to_files(const struct place_settings *place, const char *cert_file, const char *key_file)
	NODISCARD;

/* Once it serves: what a server never calls. */
void confine_calls(void);

#endif
