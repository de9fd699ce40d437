#include "base/mem.h"
#include "connect/call.h"
#include "connect/etag.h"
#include "connect/filter.h"
#include "connect/item_json.h"
#include "connect/state.h"

err_t handle_vault_list(struct call *c)
{
	CLEANUP(mem_freep) char *text = router_query(c->req->query, "filter");
	CLEANUP(vault_infos_release) struct vault_infos vaults = {0};
	CLEANUP(filter_release) struct filter filter = {0};
	struct jsonw w;
	size_t n = 0;

	TRY_(call_authenticate(c));
	TRY_(filter_parse(text, false, &filter));
	CLEANUP(err_freep) err_t e = vault_list(c->connect->options.store, c->access, &vaults);
	if (e && !err_is(e, ERR_PROTOCOL))
		return TAKE(e);
	if (!e) {
		char state[STATE_SIZE];

		state_of(&vaults, state);
		etag_set_text(c->reply, state);
		if (etag_text_is_among(c->req->if_none_match, state)) {
			http_reply_status(c->reply, 304);
			return NULL;
		}
	}
	call_json(c, &w);
	jsonw_array(&w);
	for (size_t i = 0; i < vaults.n; i++) {
		if (!filter_matches_name(&filter, vaults.v[i].name))
			continue;
		item_json_vault(&w, &vaults.v[i]);
		n++;
	}
	jsonw_end_array(&w);
	TRY_(call_without_damage(c, n > 0, TAKE(e)));
	return jsonw_done(&w);
}

err_t handle_vault_get(struct call *c)
{
	CLEANUP(vault_info_release) struct vault_info vault = {0};
	struct jsonw w;

	TRY_(call_enter_vault(c, VAULT_READ, "read"));
	TRY_(vault_read(c->connect->options.store, c->access, call_vault_id(c), &vault));
	call_json(c, &w);
	item_json_vault(&w, &vault);
	return jsonw_done(&w);
}
