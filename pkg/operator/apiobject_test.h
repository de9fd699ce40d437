#ifndef OPERATOR_APIOBJECT_TEST_H
#define OPERATOR_APIOBJECT_TEST_H

#include "operator/apifake_test.h"

/* The fields and managers of one object of the fake API server. */

struct apirequest {
	const struct kube_resource *resource;
	const char *namespace, *name, *subresource;
	char manager[64];
};

/* The fields of a whole object as a user or a manager sends it. */
void apiobject_flatten(const struct jsonx *object, struct kvlist *out);

/* The entry of a manager, made when there is none. Valid until the next one is made. */
struct apientry *apiobject_entry(struct apiobject *o, const char *manager, bool apply,
				 const char *subresource);
void apientry_remove(struct apientry *e, const char *path);
void apiobject_disown(struct apiobject *o, const char *path); /* nobody owns it any more */
bool apiobject_is_owned(const struct apiobject *o, const char *path);
void apiobject_remove(struct apiobject *o, const char *path);
void apiobject_forget_managers(struct apiobject *o);

enum apipatch { APIPATCH_DONE, APIPATCH_CONFLICT, APIPATCH_REFUSED };
enum apipatch apiobject_patch(struct apiobject *o, const struct jsonx *patch);

#endif
