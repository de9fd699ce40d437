#ifndef CONNECT_DATE_H
#define CONNECT_DATE_H

#include "base/secret.h"

/* Values of the field types DATE and MONTH_YEAR. A date is kept and given out as Unix seconds in decimal, of
 * one minute past noon UTC: the same day in nearly every time zone, as 1Password has it. */

/* YYYY-MM-DD, or Unix seconds, which stay as they are. ERR_INVALID otherwise. */
err_t date_normalize(const char *text, struct secret **out) NODISCARD;

/* YYYYMM or YYYY/MM. */
bool date_is_month_year(const char *text);

#endif
