#include "base/process.h"
#include "base/test.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static bool is_hardened(void)
{
	struct rlimit core = {.rlim_cur = 1};
	struct sigaction pipe_action;

	process_harden();
	return getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0 && core.rlim_max == 0 &&
	       prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 && sigaction(SIGPIPE, NULL, &pipe_action) == 0 &&
	       pipe_action.sa_handler == SIG_IGN;
}

TEST(process, harden_leaves_no_core_and_no_sigpipe)
{
	int status = -1;
	/* In a child, because there is no way back. */
	const pid_t pid = fork();

	if (pid == 0)
		_exit(is_hardened() ? 0 : 1);
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
}
