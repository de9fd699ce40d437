#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "metrics/metrics.h"
#include <dirent.h>
#include <math.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define PROC_FILE_MAX 4096

/* The callbacks answer NaN for what /proc does not tell. */

static double cpu_seconds(void *arg)
{
	struct timespec t;

	(void)arg;
	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) != 0)
		return (double)NAN;
	return (double)t.tv_sec + (double)t.tv_nsec / (double)NS_PER_S;
}

/* The i-th field of a file with one line. In stat the first two are left out: the second, a name in
 * parentheses, may itself hold spaces. */
static bool proc_field(const char *path, size_t i, int64_t *out)
{
	CLEANUP(mem_freep) char *text = NULL;
	CLEANUP(strv_release) struct strv fields = {0};
	const char *name_end;
	size_t len;
	err_t e = file_read(path, PROC_FILE_MAX, &text, &len);

	if (e) {
		err_free(e);
		return false;
	}
	name_end = strrchr(text, ')');
	strv_split(&fields, name_end ? name_end + strspn(name_end, ") ") : text, ' ');
	return i < fields.n && str_to_int(fields.v[i], 0, INT64_MAX, out);
}

/* Field i of statm, which counts in pages. */
static double memory_bytes(size_t i)
{
	int64_t pages;

	if (!proc_field("/proc/self/statm", i, &pages))
		return (double)NAN;
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static double virtual_bytes(void *arg)
{
	(void)arg;
	return memory_bytes(0);
}

static double resident_bytes(void *arg)
{
	(void)arg;
	return memory_bytes(1);
}

static double open_fds(void *arg)
{
	DIR *folder = opendir("/proc/self/fd");
	const struct dirent *entry;
	double n = 0;

	(void)arg;
	if (!folder)
		return (double)NAN;
	while ((entry = readdir(folder)) != NULL)
		n += entry->d_name[0] != '.';
	(void)closedir(folder);
	return n - 1; /* without the folder itself */
}

static double max_fds(void *arg)
{
	struct rlimit limit;

	(void)arg;
	return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? (double)limit.rlim_cur : (double)NAN;
}

/* Unix time of the start; the kernel counts it from boot, as CLOCK_BOOTTIME does. */
static double start_seconds(void)
{
	const double boot = (double)clock_wall_ms() / 1000 - (double)clock_now_ns(NULL) / (double)NS_PER_S;
	int64_t ticks;

	if (!proc_field("/proc/self/stat", 19, &ticks))
		return (double)NAN;
	return boot + (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

void metrics_add_process(struct metrics *m, const char *build_info_name, const char *version)
{
	metrics_callback(m, "process_cpu_seconds_total", "User and system CPU time spent in seconds.",
			 "counter", cpu_seconds, NULL);
	metrics_callback(m, "process_resident_memory_bytes", "Resident memory size in bytes.", "gauge",
			 resident_bytes, NULL);
	metrics_callback(m, "process_virtual_memory_bytes", "Virtual memory size in bytes.", "gauge",
			 virtual_bytes, NULL);
	metrics_callback(m, "process_open_fds", "Number of open file descriptors.", "gauge", open_fds, NULL);
	metrics_callback(m, "process_max_fds", "Maximum number of open file descriptors.", "gauge", max_fds,
			 NULL);
	metric_set(metrics_gauge(m, "process_start_time_seconds",
				 "Start time of the process in seconds since the Unix epoch.", ""),
		   METRIC_NO_LABELS, start_seconds());
	metric_set(metrics_gauge(m, build_info_name, "1, with the version of the program as a label.",
				 "version"),
		   METRIC_LABELS(version), 1);
}
