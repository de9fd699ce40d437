#ifndef BASE_BANNED_H
#define BASE_BANNED_H

/* Functions that have no safe use here; included on the command line for every source file. Each has a better
 * one in str.h or mem.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Macros of glibc in some builds; only a name that is no macro can be poisoned. */
#undef alloca
#undef sprintf

#pragma GCC poison strcpy strcat sprintf vsprintf gets strtok atoi atol atoll strncpy strncat alloca

#endif
