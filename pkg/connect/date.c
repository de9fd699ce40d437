#include "connect/date.h"

#include "base/clock.h"
#include "base/str.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DIGITS "0123456789"
/* Years -9999 to 9999, far more than a certificate or a passport needs. */
#define SECONDS_MAX INT64_C(253402300799)

static bool has_form(const char *text, const char *form)
{
	if (strlen(text) != strlen(form))
		return false;
	for (; *form; form++, text++) {
		if (*form == '0' ? !strchr(DIGITS, *text) : *form != *text)
			return false;
	}
	return true;
}

err_t date_normalize(const char *text, struct secret **out)
{
	char stamp[CLOCK_RFC3339_SIZE], seconds[24];
	int64_t ms = 0, n = 0;

	if (str_to_int(text, -SECONDS_MAX, SECONDS_MAX, &n)) {
		*out = secret_from_str(text);
		return NULL;
	}
	if (has_form(text, "0000-00-00")) {
		(void)snprintf(stamp, sizeof(stamp), "%sT12:01:00Z", text);
		if (clock_parse_rfc3339(stamp, &ms)) {
			(void)snprintf(seconds, sizeof(seconds), "%" PRId64, ms / 1000);
			*out = secret_from_str(seconds);
			return NULL;
		}
	}
	return err_new(ERR_INVALID, "a date is YYYY-MM-DD or Unix seconds");
}

bool date_is_month_year(const char *text)
{
	int64_t month = 0;

	if (!has_form(text, "000000") && !has_form(text, "0000/00"))
		return false;
	return str_to_int(text + strlen(text) - 2, 1, 12, &month);
}
