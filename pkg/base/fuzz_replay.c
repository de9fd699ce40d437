/* Runs a fuzz target once over each file of a directory, so that inputs which mattered once stay tested
 * without a fuzzer. Sums up in the words of Criterion. */

#include "base/file.h"
#include "base/mem.h"

#include <dirent.h>
#include <stdio.h>

#define INPUT_MAX ((size_t)16 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void close_folder(DIR **folder)
{
	if (*folder)
		(void)closedir(*folder);
}

static NODISCARD err_t replay(const char *folder, const char *name)
{
	CLEANUP(mem_freep) char *path = mem_printf("%s/%s", folder, name);
	CLEANUP(mem_freep) char *input = NULL;
	size_t len = 0;

	TRY_(file_read(path, INPUT_MAX, &input, &len));
	/* Exactly as long as the input, so that a sanitizer sees a read past its end. */
	CLEANUP(mem_freep) uint8_t *exact = mem_dup(input, len);
	(void)fprintf(stderr, "[RUN ] %s\n", path);
	(void)LLVMFuzzerTestOneInput(exact, len);
	return NULL;
}

int main(int argc, char **argv)
{
	CLEANUP(close_folder) DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
	size_t n = 0;

	if (!folder) {
		(void)fprintf(stderr, "usage: %s FOLDER (of inputs, which must exist)\n", argv[0]);
		return 2;
	}
	for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
		if (entry->d_name[0] == '.')
			continue;
		CLEANUP(err_freep) err_t e = replay(argv[1], entry->d_name);
		if (e) {
			(void)fprintf(stderr, "%s\n", err_text(e));
			return 1;
		}
		n++;
	}
	(void)fprintf(stderr, "[====] Synthesis: Tested: %zu | Passing: %zu | Failing: 0 | Crashing: 0\n", n,
		      n);
	return n > 0 ? 0 : 1;
}
