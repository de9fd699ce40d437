#include "base/clock.h"

#include "base/str.h"

#include <string.h>

#define MS_PER_S INT64_C(1000)
#define S_PER_DAY INT64_C(86400)
/* 0000-01-01T00:00:00Z and the last millisecond of 9999: all that RFC 3339 can write. */
#define FIRST_MS INT64_C(-62167219200000)
#define LAST_MS INT64_C(253402300799999)

struct civil {
	int64_t year, month, day, hour, minute, second;
};

static bool is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int64_t days_in_month(int64_t year, int64_t month)
{
	static const int64_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

/* Days before the first of January of a year from 0 on, since 0000-01-01. */
static int64_t days_before_year(int64_t year)
{
	const int64_t last = year - 1;

	return year == 0 ? 0 : year * 365 + last / 4 - last / 100 + last / 400 + 1;
}

static int64_t to_unix_s(const struct civil *c)
{
	int64_t days = days_before_year(c->year) - days_before_year(1970) + c->day - 1;

	for (int64_t month = 1; month < c->month; month++)
		days += days_in_month(c->year, month);
	return days * S_PER_DAY + c->hour * 3600 + c->minute * 60 + c->second;
}

/* s: seconds since 0000-01-01, not negative. */
static struct civil from_seconds(int64_t s)
{
	const int64_t day_of_era = s / S_PER_DAY, second_of_day = s % S_PER_DAY;
	/* Never too late, and early by one year at most. */
	int64_t year = day_of_era / 366;

	while (days_before_year(year + 1) <= day_of_era)
		year++;
	int64_t day = day_of_era - days_before_year(year), month = 1;
	for (; day >= days_in_month(year, month); month++)
		day -= days_in_month(year, month);
	return (struct civil){.year = year,
			      .month = month,
			      .day = day + 1,
			      .hour = second_of_day / 3600,
			      .minute = second_of_day / 60 % 60,
			      .second = second_of_day % 60};
}

/* n digits and the character after them; returns where the text goes on. */
static char *put_number(char *p, int64_t number, int n, char after)
{
	for (int i = n - 1; i >= 0; i--, number /= 10)
		p[i] = (char)('0' + number % 10);
	p[n] = after;
	return p + n + 1;
}

void clock_format_rfc3339(int64_t wall_ms, int fraction_digits, char out[CLOCK_RFC3339_SIZE])
{
	if (wall_ms < FIRST_MS)
		wall_ms = FIRST_MS;
	if (wall_ms > LAST_MS)
		wall_ms = LAST_MS;
	const int64_t ms = wall_ms - FIRST_MS;
	const struct civil c = from_seconds(ms / MS_PER_S);
	char *p = out;

	p = put_number(p, c.year, 4, '-');
	p = put_number(p, c.month, 2, '-');
	p = put_number(p, c.day, 2, 'T');
	p = put_number(p, c.hour, 2, ':');
	p = put_number(p, c.minute, 2, ':');
	p = put_number(p, c.second, 2, fraction_digits > 0 ? '.' : 'Z');
	if (fraction_digits == 3)
		p = put_number(p, ms % MS_PER_S, 3, 'Z');
	else if (fraction_digits == 6)
		p = put_number(p, ms % MS_PER_S * 1000, 6, 'Z');
	*p = '\0';
}

/* Exactly n digits; moves *s past them. */
static bool take_number(const char **s, int n, int64_t *out)
{
	int64_t number = 0;

	for (int i = 0; i < n; i++, (*s)++) {
		if (**s < '0' || **s > '9')
			return false;
		number = number * 10 + (**s - '0');
	}
	*out = number;
	return true;
}

static bool take_char(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

static bool take_time(const char **s, struct civil *c)
{
	return take_number(s, 2, &c->hour) && take_char(s, ':') && take_number(s, 2, &c->minute) &&
	       take_char(s, ':') && take_number(s, 2, &c->second);
}

/* Second 60 is a leap second; it counts as the first one of the next minute. */
static bool is_valid(const struct civil *c)
{
	return c->month >= 1 && c->month <= 12 && c->day >= 1 && c->day <= days_in_month(c->year, c->month) &&
	       c->hour <= 23 && c->minute <= 59 && c->second <= 60;
}

/* Milliseconds of an optional ".123456". */
static bool take_fraction(const char **s, int64_t *out_ms)
{
	int64_t ms = 0, digit_ms = 100;

	if (take_char(s, '.')) {
		if (**s < '0' || **s > '9')
			return false;
		for (; **s >= '0' && **s <= '9'; (*s)++, digit_ms /= 10)
			ms += (**s - '0') * digit_ms;
	}
	*out_ms = ms;
	return true;
}

static bool take_offset(const char **s, int64_t *out_s)
{
	int64_t hours = 0, minutes = 0;

	*out_s = 0;
	if (take_char(s, 'Z') || take_char(s, 'z'))
		return true;
	const int64_t sign = **s == '-' ? -1 : 1;
	if (!take_char(s, '-') && !take_char(s, '+'))
		return false;
	if (!take_number(s, 2, &hours) || !take_char(s, ':') || !take_number(s, 2, &minutes) || hours > 23 ||
	    minutes > 59)
		return false;
	*out_s = sign * (hours * 3600 + minutes * 60);
	return true;
}

bool clock_parse_rfc3339(const char *s, int64_t *out_wall_ms)
{
	struct civil c = {0};
	int64_t ms = 0, offset_s = 0;

	if (!take_number(&s, 4, &c.year) || !take_char(&s, '-') || !take_number(&s, 2, &c.month) ||
	    !take_char(&s, '-') || !take_number(&s, 2, &c.day) ||
	    (!take_char(&s, 'T') && !take_char(&s, 't')) || !take_time(&s, &c) || !is_valid(&c) ||
	    !take_fraction(&s, &ms) || !take_offset(&s, &offset_s) || *s != '\0')
		return false;
	*out_wall_ms = (to_unix_s(&c) - offset_s) * MS_PER_S + ms;
	return true;
}

/* One of names, three letters each; its number from 1. */
static bool take_name(const char **s, const char *names, int64_t *out)
{
	for (int64_t i = 1; *names != '\0'; i++, names += 3) {
		if (strncmp(*s, names, 3) == 0) {
			*s += 3;
			*out = i;
			return true;
		}
	}
	return false;
}

bool clock_parse_http_date(const char *s, int64_t *out_wall_ms)
{
	struct civil c = {0};
	int64_t weekday = 0;

	if (!take_name(&s, "MonTueWedThuFriSatSun", &weekday) || !take_char(&s, ',') || !take_char(&s, ' ') ||
	    !take_number(&s, 2, &c.day) || !take_char(&s, ' ') ||
	    !take_name(&s, "JanFebMarAprMayJunJulAugSepOctNovDec", &c.month) || !take_char(&s, ' ') ||
	    !take_number(&s, 4, &c.year) || !take_char(&s, ' ') || !take_time(&s, &c) || !is_valid(&c) ||
	    !streq(s, " GMT"))
		return false;
	*out_wall_ms = to_unix_s(&c) * MS_PER_S;
	return true;
}
