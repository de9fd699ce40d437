#ifndef BASE_MEM_H
#define BASE_MEM_H

#include "base/def.h"

/* The only callers of malloc's family. They never return NULL: out of memory aborts, sizes are bounded where
 * input enters. */
void *mem_alloc(size_t size);                   /* not initialised */
void *mem_zalloc(size_t size);                  /* zeroed */
void *mem_calloc(size_t n, size_t size);        /* zeroed; n * size must not overflow */
void *mem_grow(void *p, size_t n, size_t size); /* realloc to n elements */
void *mem_dup(const void *p, size_t size);
char *mem_strdup(const char *s);              /* NULL stays NULL */
char *mem_strndup(const char *s, size_t len); /* copies len bytes and adds a NUL */
char *mem_printf(const char *fmt, ...) PRINTF(1, 2) NODISCARD;
void mem_free(void *p);
void mem_freep(void *pp); /* for CLEANUP: takes the address of any pointer */

/* All threads allocate from one heap: slower where many do at once, and a third less memory where they mostly
 * wait. Once, in main, before threads. */
void mem_use_one_heap(void);

/* Gives back to the system what lies unused between what is in use, after a start or a storm. Takes
 * milliseconds. */
void mem_trim(void);

#define MEM_NEW(type) ((type *)mem_zalloc(sizeof(type)))

#endif
