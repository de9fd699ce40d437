#ifndef BASE_DEF_H
#define BASE_DEF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NODISCARD __attribute__((warn_unused_result))
#define PRINTF(fmt_index, args_index) __attribute__((format(printf, fmt_index, args_index)))

/* The variable's scope owns it: fn gets its address when the scope ends. Initialise it where it is declared,
 * and use no goto in such a function. */
#define CLEANUP(fn) __attribute__((cleanup(fn)))

/* Moves a pointer out of the variable that owned it. */
#define TAKE(ptr)                                                                                            \
	__extension__({                                                                                      \
		__typeof__(ptr) take_value = (ptr);                                                          \
		(ptr) = NULL;                                                                                \
		take_value;                                                                                  \
	})

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

#endif
