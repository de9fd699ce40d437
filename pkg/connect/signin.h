#ifndef CONNECT_SIGNIN_H
#define CONNECT_SIGNIN_H

#include "connect/call.h"

/* Internal to pkg/connect. What stands before a passphrase is tried: how often an account and an address may,
 * and how many tries the machine bears at once, each of which takes tens of milliseconds and 32 MiB. */
struct signin;
struct signin *signin_new(void);
void signin_free(struct signin *s); /* NULL is fine */

/* 429 with Retry-After for an account (in any case of letters) or address that has to wait; 503 when too many
 * are being tried. After success, leave with `succeeded`, which forgets the account's and address's attempts.
 */
err_t signin_enter(struct call *c, const char *account) NODISCARD;
void signin_leave(struct call *c, const char *account, bool succeeded);

#endif
