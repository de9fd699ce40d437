#include "opc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#define PIECE 65536

err_t input_open(const char *path, struct input *out)
{
	/* Opening /dev/stdin fails where that is a socket. */
	const bool standard = str_empty(path) || streq(path, "-") || streq(path, "/dev/stdin");

	out->name = standard ? "standard input" : path;
	out->fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	return out->fd < 0 ? err_new(ERR_NOT_FOUND, "%s: %m", path) : NULL;
}

void input_close(struct input *in)
{
	if (in->fd != STDIN_FILENO)
		(void)close(in->fd);
}

err_t input_add(const struct input *in, size_t max, struct secret *out)
{
	char buffer[PIECE];

	while (max > 0) {
		const ssize_t n = read(in->fd, buffer, max < PIECE ? max : PIECE);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_new(ERR_UNAVAILABLE, "%s: reading: %m", in->name);
		if (n == 0)
			return NULL;
		err_t e = secret_add(out, buffer, (size_t)n);
		secret_wipe(buffer, sizeof(buffer));
		TRY(e, "%s", in->name);
		max -= (size_t)n;
	}
	return NULL;
}

err_t input_read(const char *path, struct secret *out)
{
	struct input in;
	err_t e;

	TRY_(input_open(path, &in));
	e = input_add(&in, SIZE_MAX, out);
	input_close(&in);
	return e;
}
