#include "kube/folder_test.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/test.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void folder_init(struct folder *f)
{
	snprintf(f->path, sizeof(f->path), "/tmp/kube-test-XXXXXX");
	CHECK(mkdtemp(f->path));
}

void folder_release(struct folder *f)
{
	DIR *dir = opendir(f->path);
	const struct dirent *entry;

	CHECK(dir);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			folder_remove(f, entry->d_name);
	closedir(dir);
	CHECK_INT(rmdir(f->path), 0);
}

char *folder_path(const struct folder *f, const char *name)
{
	return mem_printf("%s/%s", f->path, name);
}

void folder_write(const struct folder *f, const char *name, const char *text)
{
	CLEANUP(mem_freep) char *path = folder_path(f, name);

	CHECK_OK(file_write_atomic(path, text, strlen(text), 0600));
}

void folder_remove(const struct folder *f, const char *name)
{
	CLEANUP(mem_freep) char *path = folder_path(f, name);

	CHECK_INT(unlink(path), 0);
}
