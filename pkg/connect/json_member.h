#ifndef CONNECT_JSON_MEMBER_H
#define CONNECT_JSON_MEMBER_H

#include "json/jsonw.h"

/* Members that many answers have. */
void json_member_time(struct jsonw *w, const char *key, int64_t ms);      /* RFC 3339 with milliseconds */
void json_member_filled(struct jsonw *w, const char *key, const char *s); /* nothing for NULL and "" */

#endif
