#ifndef BASE_LOG_LINE_H
#define BASE_LOG_LINE_H

#include "base/log.h"
#include "base/str.h"

#define LOG_LINE_MAX 8192

/* One event to be written; suppressed: equal lines that were left out before it. */
struct log_event {
	int64_t wall_ms;
	enum log_time time; /* how it is written */
	enum log_level level;
	const struct logger *logger; /* may be NULL */
	const char *msg;
	const struct log_field *fields;
	size_t n;
	int64_t suppressed;
};

/* Adds the line with its newline: at most LOG_LINE_MAX bytes. What is over is left out, marked with cut=true.
 */
void log_line_format(const struct log_event *event, enum log_format format, struct strbuf *out);

#endif
