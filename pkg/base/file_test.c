#include "base/file.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int count_entries(const char *folder)
{
	DIR *d = opendir(folder);
	int n = 0;

	CHECK(d);
	while (readdir(d))
		n++;
	(void)closedir(d);
	return n - 2; /* . and .. */
}

TEST(file, writes_and_reads_back)
{
	char folder[] = "/tmp/file-test-XXXXXX";
	CHECK(mkdtemp(folder));
	CLEANUP(mem_freep) char *path = mem_printf("%s/x", folder);
	CLEANUP(mem_freep) char *text = NULL, *again = NULL, *empty = NULL;
	size_t len = 0;
	struct stat st;

	CHECK_OK(file_write_atomic(path, "old\0text", 8, 0600));
	CHECK_OK(file_read(path, 8, &text, &len));
	CHECK_INT(len, 8);
	CHECK_INT(memcmp(text, "old\0text", 9), 0);
	CHECK_INT(stat(path, &st), 0);
	CHECK_INT(st.st_mode & 07777, 0600);
	CHECK_OK(file_write_atomic(path, "new\n", 4, 0644));
	CHECK_OK(file_read(path, 100, &again, &len));
	CHECK_STR(again, "new\n");
	CHECK_INT(stat(path, &st), 0);
	CHECK_INT(st.st_mode & 07777, 0644);
	CHECK_OK(file_write_atomic(path, "", 0, 0600));
	CHECK_OK(file_read(path, 0, &empty, &len));
	CHECK_STR(empty, "");
	CHECK_INT(count_entries(folder), 1);
	(void)unlink(path);
	(void)rmdir(folder);
}

TEST(file, pieces_become_a_file_at_the_end_or_nothing)
{
	char folder[] = "/tmp/file-test-XXXXXX";
	CHECK(mkdtemp(folder));
	CLEANUP(mem_freep) char *path = mem_printf("%s/x", folder);
	CLEANUP(mem_freep) char *text = NULL;
	CLEANUP(file_writer_freep) struct file_writer *w = NULL;
	size_t len = 0;

	CHECK_OK(file_writer_new(path, 0600, &w));
	CHECK_OK(file_writer_add(w, "one", 3));
	CHECK(access(path, F_OK) != 0);
	file_writer_freep(&w);
	CHECK_INT(count_entries(folder), 0);
	CHECK_OK(file_writer_new(path, 0600, &w));
	CHECK_OK(file_writer_add(w, "one", 3));
	CHECK_OK(file_writer_add(w, "two", 3));
	CHECK_OK(file_writer_end(w));
	CHECK_OK(file_read(path, 100, &text, &len));
	CHECK_STR(text, "onetwo");
	CHECK_INT(count_entries(folder), 1);
	(void)unlink(path);
	(void)rmdir(folder);
}

TEST(file, reads_secrets_up_to_the_ceiling)
{
	char folder[] = "/tmp/file-test-XXXXXX";
	CHECK(mkdtemp(folder));
	CLEANUP(mem_freep) char *path = mem_printf("%s/x", folder);
	CLEANUP(mem_freep) char *big = mem_zalloc(10000);
	CLEANUP(secret_freep) struct secret *s = NULL;

	memset(big, 'x', 10000);
	CHECK_OK(file_write_atomic(path, big, 10000, 0600));
	CHECK_ERR(secret_read_file(path, 9999, &s), ERR_TOO_LARGE);
	CHECK(!s);
	CHECK_OK(secret_read_file(path, 10000, &s));
	CHECK_INT(secret_len(s), 10000);
	CHECK_INT(memcmp(secret_bytes(s), big, 10000), 0);
	(void)unlink(path);
	(void)rmdir(folder);
}

TEST(file, names_what_is_wrong)
{
	char *text = NULL;
	size_t len = 7;

	CHECK_ERR(file_read("/nowhere/x", 10, &text, &len), ERR_NOT_FOUND);
	CHECK_ERR(file_read("/dev/null/x", 10, &text, &len), ERR_NOT_FOUND);
	CHECK_ERR(file_read("/tmp", 10, &text, &len), ERR_UNAVAILABLE);
	CHECK_ERR(file_write_atomic("/nowhere/x", "x", 1, 0600), ERR_NOT_FOUND);
	CHECK(!text && len == 7);
	CLEANUP(err_freep) err_t e = file_read("/nowhere/x", 10, &text, &len);
	CHECK_STR(err_text(e), "open /nowhere/x: No such file or directory");
}

TEST(file, leaves_nothing_behind_when_it_cannot_replace)
{
	char folder[] = "/tmp/file-test-XXXXXX";
	CHECK(mkdtemp(folder));
	CLEANUP(mem_freep) char *path = mem_printf("%s/folder", folder);
	CLEANUP(mem_freep) char *inside = mem_printf("%s/x", path);

	CHECK_INT(mkdir(path, 0700), 0);
	CHECK_OK(file_write_atomic(inside, "x", 1, 0600));
	CHECK_ERR(file_write_atomic(path, "x", 1, 0600), ERR_UNAVAILABLE);
	CHECK_INT(count_entries(folder), 1);
	(void)unlink(inside);
	(void)rmdir(path);
	(void)rmdir(folder);
}

TEST(file, writes_beside_the_working_folder)
{
	char folder[] = "/tmp/file-test-XXXXXX";
	CLEANUP(mem_freep) char *before = getcwd(NULL, 0);
	CLEANUP(mem_freep) char *text = NULL;
	size_t len = 0;

	CHECK(mkdtemp(folder));
	CHECK_INT(chdir(folder), 0);
	CHECK_OK(file_write_atomic("x", "text", 4, 0600));
	CHECK_OK(file_read("x", 10, &text, &len));
	CHECK_STR(text, "text");
	(void)unlink("x");
	CHECK_INT(chdir(before), 0);
	(void)rmdir(folder);
	CHECK_INT(err_live(), 0);
}

TEST(file, makes_folders_with_their_parents)
{
	char folder[] = "/tmp/file-test-XXXXXX";
	struct stat st;

	CHECK(mkdtemp(folder));
	CLEANUP(mem_freep) char *path = mem_printf("%s/a//b/c/", folder);
	CLEANUP(mem_freep) char *file = mem_printf("%s/a/file", folder);
	CLEANUP(mem_freep) char *below = mem_printf("%s/x", file);
	CHECK_OK(file_make_folder(path, 0700));
	CHECK_OK(file_make_folder(path, 0755));
	CHECK_INT(stat(path, &st), 0);
	CHECK_INT(st.st_mode & 07777, 0700);
	CHECK_OK(file_make_folder("/", 0700));
	CHECK_OK(file_make_folder(".", 0700));
	CHECK_OK(file_write_atomic(file, "", 0, 0600));
	CHECK_ERR(file_make_folder(below, 0700), ERR_NOT_FOUND);
	CHECK_INT(unlink(file), 0);
	static const char *const folders[] = {"/a/b/c", "/a/b", "/a", ""};
	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		CLEANUP(mem_freep) char *made = mem_printf("%s%s", folder, folders[i]);

		CHECK_INT(rmdir(made), 0);
	}
}
