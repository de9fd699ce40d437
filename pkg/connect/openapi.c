#include "connect/call.h"

/* The description as it stands in openapi.json, which openapi_test.c holds against the routes. */
extern const char openapi_begin[], openapi_end[];
__asm__(".pushsection .rodata\n"
	"openapi_begin: .incbin \"pkg/connect/openapi.json\"\n"
	"openapi_end:\n"
	".popsection\n");

err_t handle_openapi(struct call *c)
{
	return call_text(c, "application/json", openapi_begin,
			 (uintptr_t)openapi_end - (uintptr_t)openapi_begin);
}
