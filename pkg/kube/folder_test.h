#ifndef KUBE_FOLDER_TEST_H
#define KUBE_FOLDER_TEST_H

/* A folder of a test's own, removed at the end of its scope. */
struct folder {
	char path[64];
};
void folder_init(struct folder *f);
void folder_release(struct folder *f);

void folder_write(const struct folder *f, const char *name, const char *text);
void folder_remove(const struct folder *f, const char *name);
char *folder_path(const struct folder *f, const char *name); /* caller frees */

#endif
