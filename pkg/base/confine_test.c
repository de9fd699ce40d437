#include "base/confine.h"

#include "base/test.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

/* In a process of its own: there is no way back. 0: all is as it should be. */
static int confined(void)
{
	char program[] = "/bin/true";
	char *const argv[] = {program, NULL};
	CLEANUP(err_freep) err_t e = process_confine();

	if (e)
		return 2;
	if (execve(program, argv, NULL) != -1 || errno != EPERM)
		return 3;
	if (chroot("/") != -1 || errno != EPERM)
		return 4;
	return getppid() > 0 ? 0 : 5;
}

TEST(confine, takes_away_what_a_server_never_does)
{
	int status = 0;
	const pid_t child = fork();

	CHECK(child >= 0);
	if (child == 0)
		_exit(confined());
	CHECK_INT(waitpid(child, &status, 0), child);
	CHECK(WIFEXITED(status));
	CHECK_INT(WEXITSTATUS(status), 0);
}
