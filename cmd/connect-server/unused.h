#ifndef CONNECT_SERVER_UNUSED_H
#define CONNECT_SERVER_UNUSED_H

/* Names in the log which variables are set that 1Password's server has a use for and this one has not. */
void log_unused_variables(void);

#endif
