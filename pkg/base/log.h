#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/err.h"

/* Structured log to stderr: one event, one line, one write(2). msg is a constant text; all that varies is a
 * field. There is no field for a struct secret, on purpose. Only L3 and above log over debug level. Control
 * characters and broken UTF-8 are escaped. Lines above debug that are equal in logger, msg, namespace and
 * name are limited to 60 a minute; the next one through says how many were left out (suppressed=n). A line
 * over 8 KiB is cut and says so (cut=true). */
enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_JSON, LOG_CONSOLE };

/* Of the time of a line, in UTC and to the millisecond. LOG_TIME_RFC3339_MS is the default; the others are
 * those of zap, the logger of programs made with kubebuilder: seconds; nanoseconds; an offset without a
 * colon; and numbers since 1970, in JSON without quotes. */
enum log_time {
	LOG_TIME_RFC3339_MS,
	LOG_TIME_RFC3339,
	LOG_TIME_RFC3339NANO,
	LOG_TIME_ISO8601,
	LOG_TIME_EPOCH,  /* seconds with a fraction */
	LOG_TIME_MILLIS, /* milliseconds */
	LOG_TIME_NANOS,  /* nanoseconds */
};

struct log_field {
	const char *key;
	enum { LOG_FIELD_STR, LOG_FIELD_INT, LOG_FIELD_BOOL, LOG_FIELD_ERR } type;
	union {
		const char *str; /* NULL is left out */
		int64_t num;
		const struct err *err; /* written as error=… kind=… */
	} u;
};

#define F_STR(k, v) ((struct log_field){.key = (k), .type = LOG_FIELD_STR, .u.str = (v)})
#define F_INT(k, v) ((struct log_field){.key = (k), .type = LOG_FIELD_INT, .u.num = (int64_t)(v)})
#define F_BOOL(k, v) ((struct log_field){.key = (k), .type = LOG_FIELD_BOOL, .u.num = (v)})
#define F_ERR(e) ((struct log_field){.key = "error", .type = LOG_FIELD_ERR, .u.err = (e)})

#define LOG_FIELDS_MAX 8

/* A name with inherited fields, at most LOG_FIELDS_MAX; copy it and add: struct logger l =
 * logger_with(parent, F_STR("name", n)). The strings are borrowed. */
struct logger {
	const char *name; /* "controller" */
	struct log_field fields[LOG_FIELDS_MAX];
	size_t n;
	bool every; /* also lines that are equal to many before: an access log */
};
struct logger logger_with(const struct logger *parent, struct log_field field);

/* Once, in main, before threads. */
void log_configure(enum log_level level, enum log_format format);
void log_set_time(enum log_time time);
void log_set_level(enum log_level level);
bool log_enabled(enum log_level level);
bool log_parse_level(const char *s, enum log_level *out); /* debug info warn error */

/* Where lines go: NULL is stderr. For tests, that look for canary values. A sink gets one line at a time and
 * must not log. */
typedef void (*log_sink_fn)(void *arg, const char *line, size_t len);
void log_set_sink(log_sink_fn sink, void *arg);

void log_emit(enum log_level level, const struct logger *l, const char *msg, const struct log_field *fields,
	      size_t n);

#define LOG_AT(level, l, msg, ...)                                                                           \
	do {                                                                                                 \
		if (log_enabled(level)) {                                                                    \
			const struct log_field log_fields[] = {{0}, ##__VA_ARGS__};                          \
			log_emit(level, l, msg, log_fields + 1, ARRAY_LEN(log_fields) - 1);                  \
		}                                                                                            \
	} while (0)
#define log_debug(l, msg, ...) LOG_AT(LOG_DEBUG, l, msg, ##__VA_ARGS__)
#define log_info(l, msg, ...) LOG_AT(LOG_INFO, l, msg, ##__VA_ARGS__)
#define log_warn(l, msg, ...) LOG_AT(LOG_WARN, l, msg, ##__VA_ARGS__)
#define log_error(l, msg, ...) LOG_AT(LOG_ERROR, l, msg, ##__VA_ARGS__)

#endif
