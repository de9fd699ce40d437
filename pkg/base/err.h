#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/def.h"

/* The one error channel: a function that can fail returns err_t, NULL means success. The kind drives retry
 * and the reason of a status condition; the text grows by context on the way up ("outer: inner"). A text
 * never holds a secret or a response body. */
enum err_kind {
	ERR_INVALID = 1, /* input or spec is wrong; retrying cannot help */
	ERR_NOT_FOUND,   /* the peer says that it does not exist */
	ERR_EXISTS,      /* create of something that is there already */
	ERR_CONFLICT,    /* somebody else wrote first; read again */
	ERR_DENIED,      /* 401, 403, or a certificate that does not verify */
	ERR_GONE,        /* 410: the resourceVersion is too old; list again */
	ERR_THROTTLED,   /* 429; see err_retry_after_ms */
	ERR_UNAVAILABLE, /* connect, TLS, reset, 5xx */
	ERR_TIMEOUT,     /* our deadline passed */
	ERR_CANCELED,    /* we were told to stop */
	ERR_TOO_LARGE,   /* over one of our ceilings */
	ERR_PROTOCOL,    /* the peer answered nonsense */
	ERR_INTERNAL,    /* our bug */
};

struct err;
typedef struct err *err_t;

/* Longest text of an error, context included; what is over is cut at its end. */
#define ERR_TEXT_MAX 1024

err_t err_new(enum err_kind kind, const char *fmt, ...) PRINTF(2, 3) NODISCARD;

/* Puts context before e's text and keeps its kind. Takes e, returns it. */
err_t err_wrap(err_t e, const char *fmt, ...) PRINTF(2, 3) NODISCARD;

enum err_kind err_kind(const struct err *e);
const char *err_text(const struct err *e);            /* borrowed, as long as e */
const char *err_kind_name(enum err_kind kind);        /* "unavailable", for logs and metrics */
bool err_is(const struct err *e, enum err_kind kind); /* false for NULL */

/* How long the peer asked us to wait (Retry-After); 0 when it did not. */
int64_t err_retry_after_ms(const struct err *e);
void err_set_retry_after_ms(err_t e, int64_t ms);

err_t err_dup(const struct err *e) NODISCARD; /* NULL gives NULL */
void err_free(err_t e);                       /* NULL is fine */
void err_freep(err_t *e);

/* Errors that were made and not freed: tests assert 0. */
int64_t err_live(void);

#define TRY(expr, ...)                                                                                       \
	do {                                                                                                 \
		err_t try_e = (expr);                                                                        \
		if (try_e) {                                                                                 \
			try_e = err_wrap(try_e, __VA_ARGS__);                                                \
			/* Analyzers do not know that an error stays one. */                                 \
			if (!try_e)                                                                          \
				__builtin_unreachable();                                                     \
			return try_e;                                                                        \
		}                                                                                            \
	} while (0)

/* TRY where the callee's text already says all. */
#define TRY_(expr)                                                                                           \
	do {                                                                                                 \
		err_t try_e = (expr);                                                                        \
		if (try_e)                                                                                   \
			return try_e;                                                                        \
	} while (0)

#endif
