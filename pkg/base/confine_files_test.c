#include "base/confine_files.h"

#include "base/mem.h"
#include "base/test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* A folder with the folders own, shown and other, each with a file. */
struct place {
	char root[32];
};

static const char *const folders[] = {"own", "shown", "other"};

static char *path_of(const struct place *p, const char *folder, const char *file)
{
	return mem_printf("%s/%s/%s", p->root, folder, file);
}

static void place_init(struct place *p)
{
	*p = (struct place){.root = "/tmp/confine-files-XXXXXX"};
	CHECK(mkdtemp(p->root));
	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		CLEANUP(mem_freep) char *folder = mem_printf("%s/%s", p->root, folders[i]);
		CLEANUP(mem_freep) char *file = path_of(p, folders[i], "file");

		CHECK_INT(mkdir(folder, 0700), 0);
		const int fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		CHECK(fd >= 0);
		CHECK_INT(close(fd), 0);
	}
}

static void place_release(struct place *p)
{
	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		CLEANUP(mem_freep) char *folder = mem_printf("%s/%s", p->root, folders[i]);
		CLEANUP(mem_freep) char *file = path_of(p, folders[i], "file");

		CHECK_INT(unlink(file), 0);
		CHECK_INT(rmdir(folder), 0);
	}
	CHECK_INT(rmdir(p->root), 0);
}

static bool opens(const char *path, int flags)
{
	const int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd >= 0)
		(void)close(fd);
	else if (errno != EACCES)
		_exit(100);
	return fd >= 0;
}

static bool opens_in(const struct place *p, const char *folder, const char *file, int flags)
{
	CLEANUP(mem_freep) char *path = path_of(p, folder, file);

	return opens(path, flags);
}

static bool moves_file_in_own_folder(const struct place *p)
{
	CLEANUP(mem_freep) char *new = path_of(p, "own", "new");

	return opens(new, O_CREAT | O_EXCL | O_RDWR) && truncate(new, 10) == 0 && unlink(new) == 0;
}

/* In a process of its own: there is no way back. 0: all is as it should be. */
static int confined(const struct place *p)
{
	CLEANUP(strv_release) struct strv readable = {0};
	CLEANUP(mem_freep) char *own = mem_printf("%s/own", p->root);
	CLEANUP(mem_freep) char *shown = mem_printf("%s/shown", p->root);

	strv_add(&readable, shown);
	CLEANUP(err_freep) err_t e = process_confine_files(own, &readable);
	if (e)
		return 2;
	if (!opens_in(p, "own", "file", O_RDWR) || !moves_file_in_own_folder(p))
		return 3;
	if (!opens_in(p, "shown", "file", O_RDONLY) || opens_in(p, "shown", "file", O_WRONLY) ||
	    opens_in(p, "shown", "new", O_CREAT | O_WRONLY))
		return 4;
	if (opens_in(p, "other", "file", O_RDONLY) || opens_in(p, "other", "file", O_WRONLY) ||
	    opens_in(p, "other", "new", O_CREAT | O_WRONLY) || opens("/etc/passwd", O_RDONLY))
		return 5;
	return opens("/proc/self/statm", O_RDONLY) && opens("/dev/urandom", O_RDONLY) ? 0 : 6;
}

/* On a kernel without Landlock nothing must have changed. */
static int unconfined(const struct place *p)
{
	CLEANUP(strv_release) struct strv readable = {0};
	CLEANUP(mem_freep) char *own = mem_printf("%s/own", p->root);
	CLEANUP(err_freep) err_t e = process_confine_files(own, &readable);

	return err_is(e, ERR_UNAVAILABLE) && opens_in(p, "other", "file", O_RDWR) ? 0 : 7;
}

TEST(confine_files, leaves_what_was_named_and_nothing_else)
{
	CLEANUP(place_release) struct place p;
	const bool can = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;
	int status = 0;

	place_init(&p);
	const pid_t child = fork();
	CHECK(child >= 0);
	if (child == 0)
		_exit(can ? confined(&p) : unconfined(&p));
	CHECK_INT(waitpid(child, &status, 0), child);
	CHECK(WIFEXITED(status));
	CHECK_INT(WEXITSTATUS(status), 0);
}

TEST(confine_files, a_folder_that_is_not_there_is_an_error)
{
	CLEANUP(strv_release) struct strv readable = {0};
	CLEANUP(err_freep) err_t e = process_confine_files("/nowhere/at/all", &readable);

	CHECK(e);
}
