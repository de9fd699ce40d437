#ifndef OPC_LOOKUP_STATE_H
#define OPC_LOOKUP_STATE_H

#include "base/map.h"
#include "opc/lookup.h"

/* Internal to pkg/opc. */
struct lookup {
	struct op_endpoint *endpoint;
	struct op_client *client;
	struct op_observer observer;
	struct map *answers; /* "vault/item", "vault/" or "/" → struct jsonx */
	struct map *values;  /* reference → struct secret */
};

char *lookup_key(const char *vault_id, const char *item_id); /* of answers; each may be NULL */

#endif
