#include "base/confine_files.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than the headers that we are built with (Documentation/userspace-api/landlock.rst of the kernel). */
#define FS_TRUNCATE (1ULL << 14)
#define FS_IOCTL_DEV (1ULL << 15)
#define NET_CONNECT_TCP (1ULL << 1)

#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE                                                                                                \
	(READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |                                \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE | FS_TRUNCATE)

struct ruleset_attr {
	uint64_t fs, net;
};

/* What the kernel of that version can refuse: all of it is refused unless a rule allows it. */
static struct ruleset_attr all_of(long version)
{
	struct ruleset_attr all = {.fs = LANDLOCK_ACCESS_FS_REFER - 1};

	if (version >= 2)
		all.fs |= LANDLOCK_ACCESS_FS_REFER;
	if (version >= 3)
		all.fs |= FS_TRUNCATE;
	if (version >= 4)
		all.net = NET_CONNECT_TCP;
	if (version >= 5)
		all.fs |= FS_IOCTL_DEV;
	return all;
}

static void close_fd(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static NODISCARD err_t allow_fd(int ruleset, int folder, uint64_t rights)
{
	const struct landlock_path_beneath_attr rule = {.allowed_access = rights, .parent_fd = folder};

	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
		return err_new(ERR_UNAVAILABLE, "Landlock: %m");
	return NULL;
}

static NODISCARD err_t allow(int ruleset, const char *path, uint64_t rights)
{
	CLEANUP(close_fd) int folder = open(path, O_PATH | O_CLOEXEC);

	if (folder < 0)
		return err_new(ERR_NOT_FOUND, "%s: %m", path);
	TRY(allow_fd(ruleset, folder, rights), "%s", path);
	return NULL;
}

/* Stays open: the rule is about the object that the kernel made for this folder, which it would forget
 * and make anew. */
static NODISCARD err_t allow_own_proc(int ruleset)
{
	const int folder = open("/proc/self", O_PATH | O_CLOEXEC);

	return folder >= 0 ? allow_fd(ruleset, folder, READ) : NULL;
}

static NODISCARD err_t allow_random(int ruleset)
{
	CLEANUP(err_freep) err_t e = allow(ruleset, "/dev/urandom", LANDLOCK_ACCESS_FS_READ_FILE);

	/* Where there is none nobody reads it. */
	return err_is(e, ERR_NOT_FOUND) ? NULL : TAKE(e);
}

static NODISCARD err_t add_rules(int ruleset, uint64_t all, const char *writable, const struct strv *readable)
{
	TRY_(allow(ruleset, writable, WRITE & all));
	for (size_t i = 0; i < readable->n; i++)
		TRY_(allow(ruleset, readable->v[i], READ));
	TRY_(allow_random(ruleset));
	return allow_own_proc(ruleset);
}

err_t process_confine_files(const char *writable, const struct strv *readable)
{
	const long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	if (version < 1)
		return err_new(ERR_UNAVAILABLE, "Landlock: %m");
	const struct ruleset_attr all = all_of(version);
	CLEANUP(close_fd)
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &all,
				   version >= 4 ? sizeof(all) : sizeof(all.fs), 0);
	if (ruleset < 0)
		return err_new(ERR_UNAVAILABLE, "Landlock: %m");
	TRY_(add_rules(ruleset, all.fs, writable, readable));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
		return err_new(ERR_UNAVAILABLE, "Landlock: %m");
	return NULL;
}
