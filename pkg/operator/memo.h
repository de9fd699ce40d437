#ifndef OPERATOR_MEMO_H
#define OPERATOR_MEMO_H

#include "base/str.h"

/* What this process remembers of a Secret that the Secret itself does not tell. Lost at a restart, which
 * costs nothing but a comparison. Thread-safe. */
struct memo {
	uint64_t uid, type;     /* marks of those of the Secret as we last saw it; 0: we did not */
	int64_t applied_ms;     /* time that the server gave our last apply; 0: none since start */
	int64_t string_data_ms; /* a foreign write of stringData that has been compared already */
	int64_t compare_at_ns;  /* when its values are compared with the item, whatever metadata says */
	uint64_t forced;        /* mark of the last forced sync, for a CRD whose status does not keep it */
	uint64_t asked;     /* mark of the path that a resource or workload had it written from; 0: none */
	uint64_t told;      /* mark of the last failure that was told by Events; 0: none */
	uint64_t told_name; /* the same of a bad name that a workload of this key asks for */
	uint64_t values;    /* mark of the item and the version whose values it has; 0: unknown */
	uint64_t wrote;     /* mark of what the last apply wrote, but for values; 0: there was none */
	uint64_t said;      /* mark of what the status was last told; 0: nothing */
	uint64_t fine_at;   /* mark of where its path led when all was well (moved.h); 0: it was not */
	int64_t pending_since_ns; /* when we first saw that workloads wait for a restart; 0: none do */
	int64_t all_for_ms; /* the changed-at for which this process has looked at all workloads; 0: none */
	int64_t waiting_told_ns; /* when the status was last told how many do, or they began; 0: none do */
	int64_t pending_for_ms;  /* the changed-at that they wait for: it outlives a Secret that is deleted
				    meanwhile */
};

/* Tells texts apart without keeping them. */
uint64_t memo_mark(const char *text);

struct memos;
struct memos *memos_new(void);
void memos_free(struct memos *m);

bool memos_get(struct memos *m, const char *key, struct memo *out); /* false: there is none */
void memos_set(struct memos *m, const char *key, const struct memo *memo);

/* The memo of the Secret with that uid (NULL: whichever), or a new one; compare_at_ns is set, at random
 * within compare_ms where nothing was compared yet, so that a start does not compare all at once. Stores
 * nothing. */
struct memo memos_current(struct memos *m, const char *key, const char *uid, int64_t compare_ms);

/* The Secret was compared with its item, and written if it differed: the next time is in about compare_ms. */
struct memo_seen {
	const char *uid, *type;
	uint64_t values;
	int64_t applied_ms, string_data_ms;
};
void memos_note_compared(struct memos *m, const char *key, const struct memo_seen *seen, int64_t compare_ms);

/* Adds the keys whose time to be compared has come, again each time until it is done. */
void memos_due(struct memos *m, int64_t now_ns, struct strv *out);

/* Nobody asks for the Secret: it is compared when somebody does again. */
void memos_rest(struct memos *m, const char *key);

void memos_del(struct memos *m, const char *key);

#endif
