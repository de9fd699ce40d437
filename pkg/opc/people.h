#ifndef OPC_PEOPLE_H
#define OPC_PEOPLE_H

#include "opc/table.h"
#include "json/jsonw.h"

/* People and groups of the administration API in the JSON of 1Password's program, and as rows of tables. What
 * it has no member for stands beside its own: `role`, `groups` and `invitation` of people, `global` and
 * `servers` of groups. */

/* whole: as `user get` shows it, else as in a list. The state of who is invited is PENDING, as there. */
void people_write_user(struct jsonw *w, const struct jsonx *person, bool whole);
void people_write_group(struct jsonw *w, const struct jsonx *group, bool whole);
/* A member of a group: a person of the list, or an administrator key, which is of the type SERVICE_ACCOUNT.
 */
void people_write_member(struct jsonw *w, const struct jsonx *member, const struct jsonx *people);

void people_user_head(struct table *t);
void people_user_row(struct table *t, const struct jsonx *person);
void people_group_head(struct table *t);
void people_group_row(struct table *t, const struct jsonx *group);
void people_member_head(struct table *t);
void people_member_row(struct table *t, const struct jsonx *member, const struct jsonx *people);

/* Whether a list of objects, such as the members of a group or the groups of a person, has that id. */
bool people_has(const struct jsonx *list, const char *id);

#endif
