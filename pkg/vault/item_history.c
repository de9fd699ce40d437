#include "vault/item_history.h"

#include "base/mem.h"

static struct vault_item_field *password_of(struct vault_item *item)
{
	for (size_t i = 0; i < item->n_fields; i++) {
		if (streq(item->fields[i].purpose, "PASSWORD"))
			return &item->fields[i];
	}
	return NULL;
}

static void remember(struct vault_item_field *f, struct secret **value)
{
	const size_t len = secret_len(*value);

	if (len > 0 && len <= ITEM_HISTORY_VALUE_MAX)
		f->history[f->n_history++] = TAKE(*value);
}

void item_history_keep(struct vault_item *item, struct vault_item *before)
{
	struct vault_item_field *now = password_of(item), *old = password_of(before);

	if (!now || !old)
		return;
	now->history = mem_calloc(VAULT_FIELD_HISTORY_MAX, sizeof(struct secret *));
	if (secret_eq(now->value, old->value))
		now->generated = old->generated;
	else
		remember(now, &old->value);
	for (size_t i = 0; i < old->n_history && now->n_history < VAULT_FIELD_HISTORY_MAX; i++)
		now->history[now->n_history++] = TAKE(old->history[i]);
}
