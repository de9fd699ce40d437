#include "kube/watch.h"

#include "kube/status.h"
#include <string.h>

void watch_event_release(struct watch_event *e)
{
	jsonx_free(e->doc);
	*e = (struct watch_event){0};
}

static bool find_type(const char *name, enum watch_type *out)
{
	static const char *const names[] = {[WATCH_ADDED] = "ADDED",
					    [WATCH_MODIFIED] = "MODIFIED",
					    [WATCH_DELETED] = "DELETED",
					    [WATCH_BOOKMARK] = "BOOKMARK"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (streq(name, names[i])) {
			*out = (enum watch_type)i;
			return true;
		}
	return false;
}

static NODISCARD err_t read_version(const struct jsonx *object, char out[WATCH_VERSION_SIZE])
{
	const char *version = jsonx_get_str(jsonx_get(object, "metadata"), "resourceVersion");

	if (str_empty(version) || strlen(version) >= WATCH_VERSION_SIZE)
		return err_new(ERR_PROTOCOL, "watch: event without a resourceVersion");
	memcpy(out, version, strlen(version) + 1);
	return NULL;
}

err_t watch_event_parse(const char *line, size_t len, const char *kind, struct watch_event *out)
{
	CLEANUP(watch_event_release) struct watch_event e = {0};
	CLEANUP(err_freep) err_t bad = jsonx_parse(line, len, &e.doc);
	const char *type = jsonx_get_str(e.doc, "type");

	if (bad)
		return err_new(ERR_PROTOCOL, "watch: line is not JSON");
	e.object = jsonx_get(e.doc, "object");
	if (streq(type, "ERROR"))
		return err_wrap(kube_status_event_error(e.object), "watch");
	if (!find_type(type, &e.type))
		return err_new(ERR_PROTOCOL, "watch: event of unknown type");
	/* Servers differ in what a bookmark's object is; it is looked at for its version only. */
	if (e.type != WATCH_BOOKMARK && !streq(jsonx_get_str(e.object, "kind"), kind))
		return err_new(ERR_PROTOCOL, "watch: object is not of kind %s", kind);
	TRY_(read_version(e.object, e.version));
	*out = e;
	e = (struct watch_event){0};
	return NULL;
}
