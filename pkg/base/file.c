#include "base/file.h"

#include "base/mem.h"
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void close_fd(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static enum err_kind kind_of_errno(void)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
		return ERR_NOT_FOUND;
	case EACCES:
	case EPERM:
	case EROFS:
		return ERR_DENIED;
	default:
		return ERR_UNAVAILABLE;
	}
}

static NODISCARD err_t fail(const char *what, const char *path)
{
	return err_new(kind_of_errno(), "%s %s: %m", what, path);
}

err_t secret_read_file(const char *path, size_t max, struct secret **out)
{
	CLEANUP(close_fd) const int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fail("open", path);
	CLEANUP(secret_freep) struct secret *content = secret_new(max);
	for (;;) {
		char chunk[4096];
		const ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail("read", path);
		if (n == 0)
			break;
		err_t e = secret_add(content, chunk, (size_t)n);
		secret_wipe(chunk, sizeof(chunk));
		TRY(e, "read %s", path);
	}
	*out = TAKE(content);
	return NULL;
}

err_t file_read(const char *path, size_t max, char **out, size_t *out_len)
{
	CLEANUP(secret_freep) struct secret *content = NULL;

	TRY_(secret_read_file(path, max, &content));
	*out = mem_strndup(secret_bytes(content), secret_len(content));
	*out_len = secret_len(content);
	return NULL;
}

static bool write_all(int fd, const char *p, size_t len)
{
	while (len > 0) {
		const ssize_t n = write(fd, p, len);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
	return true;
}

/* A rename is durable only when its folder is. */
static NODISCARD err_t sync_folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	CLEANUP(mem_freep) char *folder = NULL;

	if (!slash)
		folder = mem_strdup(".");
	else
		folder = mem_strndup(path, slash == path ? 1 : (size_t)(slash - path));
	CLEANUP(close_fd) const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		return fail("sync folder", folder);
	return NULL;
}

struct file_writer {
	char *path, *temporary;
	int fd;
	bool ended;
};

void file_writer_freep(struct file_writer **w)
{
	if (!*w)
		return;
	close_fd(&(*w)->fd);
	if ((*w)->fd >= 0 && !(*w)->ended)
		(void)unlink((*w)->temporary);
	mem_free((*w)->path);
	mem_free((*w)->temporary);
	mem_free(*w);
	*w = NULL;
}

err_t file_writer_new(const char *path, mode_t mode, struct file_writer **out)
{
	CLEANUP(file_writer_freep) struct file_writer *w = MEM_NEW(struct file_writer);

	w->path = mem_strdup(path);
	w->temporary = mem_printf("%s.XXXXXX", path);
	w->fd = mkostemp(w->temporary, O_CLOEXEC);
	if (w->fd < 0)
		return fail("create", w->temporary);
	if (fchmod(w->fd, mode) != 0)
		return fail("write", path);
	*out = TAKE(w);
	return NULL;
}

err_t file_writer_add(struct file_writer *w, const void *p, size_t len)
{
	return write_all(w->fd, p, len) ? NULL : fail("write", w->path);
}

err_t file_writer_end(struct file_writer *w)
{
	if (fsync(w->fd) != 0 || rename(w->temporary, w->path) != 0)
		return fail("write", w->path);
	w->ended = true;
	return sync_folder_of(w->path);
}

err_t file_write_atomic(const char *path, const void *p, size_t len, mode_t mode)
{
	CLEANUP(file_writer_freep) struct file_writer *w = NULL;

	TRY_(file_writer_new(path, mode, &w));
	if (!write_all(w->fd, p, len)) /* NOLINT(clang-analyzer-core.NullDereference): made above */
		return fail("write", path);
	return file_writer_end(w);
}

err_t file_make_folder(const char *path, mode_t mode)
{
	CLEANUP(mem_freep) char *part = mem_strdup(path);

	for (char *p = part; *p; p++) {
		/* A name ends before a slash or at the end. */
		if (*p == '/' || (p[1] != '/' && p[1] != '\0'))
			continue;
		const char after = p[1];

		p[1] = '\0';
		if (mkdir(part, mode) != 0 && errno != EEXIST)
			return fail("make folder", part);
		p[1] = after;
	}
	return NULL;
}
