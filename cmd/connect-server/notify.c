#include "notify.h"

#include "base/str.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void notify_systemd(const char *socket_name, const char *state)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	if (str_empty(socket_name) || strlen(socket_name) >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, socket_name, strlen(socket_name));
	if (to.sun_path[0] == '@')
		to.sun_path[0] = '\0'; /* a name in the abstract space */
	const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	const socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(socket_name));
	(void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&to, len);
	close(fd);
}
