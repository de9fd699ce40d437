/* Zeroes heap memory as it is freed. Linked into the programs it takes the place of the C library's free,
 * realloc and reallocarray, also for the shared libraries: copies of secrets in buffers of curl, OpenSSL or
 * json-c do not outlive their use. The memory still comes from the C library, whose own names for these
 * functions are called here. */

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

extern void __libc_free(void *p);
extern void *__libc_malloc(size_t size);

static void wipe_and_free(void *p)
{
	if (!p)
		return;
	explicit_bzero(p, malloc_usable_size(p));
	__libc_free(p);
}

void free(void *ptr)
{
	wipe_and_free(ptr);
}

void *realloc(void *ptr, size_t size)
{
	if (!ptr)
		return __libc_malloc(size);
	if (size == 0) {
		wipe_and_free(ptr);
		return NULL;
	}
	const size_t usable = malloc_usable_size(ptr);
	/* Stays where it is, unless that would keep much more than was asked for. */
	if (size <= usable && size >= usable / 2) {
		explicit_bzero((char *)ptr + size, usable - size);
		return ptr;
	}
	/* The C library's realloc would leave the old bytes behind. */
	void *moved = __libc_malloc(size);
	if (!moved)
		return NULL;
	memcpy(moved, ptr, size < usable ? size : usable);
	wipe_and_free(ptr);
	return moved;
}

void *reallocarray(void *ptr, size_t nmemb, size_t size)
{
	size_t bytes = 0;

	if (__builtin_mul_overflow(nmemb, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(ptr, bytes);
}
