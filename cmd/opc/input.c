#include "opc.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static NODISCARD err_t read_all(int fd, struct secret *out)
{
	char buffer[65536];

	for (;;) {
		const ssize_t n = read(fd, buffer, sizeof(buffer));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_new(ERR_UNAVAILABLE, "reading: %m");
		if (n == 0)
			return NULL;
		err_t e = secret_add(out, buffer, (size_t)n);
		secret_wipe(buffer, sizeof(buffer));
		TRY_(e);
	}
}

err_t input_read(const char *path, struct secret *out)
{
	/* Opening /dev/stdin fails where that is a socket. */
	const bool standard = str_empty(path) || streq(path, "-") || streq(path, "/dev/stdin");
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	err_t e;

	if (fd < 0)
		return err_new(ERR_NOT_FOUND, "%s: %m", path);
	e = read_all(fd, out);
	if (fd != STDIN_FILENO)
		(void)close(fd);
	return err_wrap(e, "%s", standard ? "standard input" : path);
}
