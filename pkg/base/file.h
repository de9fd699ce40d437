#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/str.h"
#include <sys/types.h>

/* A whole file of at most max bytes into *out (caller frees). */
err_t file_read(const char *path, size_t max, char **out, size_t *out_len) NODISCARD;

/* Writes path so that a crash leaves the old or the new content: temporary file, fsync, rename, fsync of the
 * folder. */
err_t file_write_atomic(const char *path, const void *p, size_t len, mode_t mode) NODISCARD;

/* The same for content that comes in pieces: path is as it was until file_writer_end. */
struct file_writer;
err_t file_writer_new(const char *path, mode_t mode, struct file_writer **out) NODISCARD;
err_t file_writer_add(struct file_writer *w, const void *p, size_t len) NODISCARD;
err_t file_writer_end(struct file_writer *w) NODISCARD;
void file_writer_freep(struct file_writer **w); /* before its end: nothing is left of it */

/* Makes the folder and those above it that are missing; one that is there is fine, and keeps its mode. */
err_t file_make_folder(const char *path, mode_t mode) NODISCARD;

#endif
