#include "http/server_link.h"
#include "base/clock.h"
#include "base/mem.h"
#include <sys/socket.h>

/* A connection and the socket that carries it. */
struct link {
	lws_sorted_usec_list_t timer; /* first, because it is what on_timer gets */
	struct links *all;
	struct lws *wsi;
	int64_t timer_ns; /* when timer fires; 0: not set */
	size_t slot;
	bool reading;
	bool half_closed;
	struct conn conn;
};

void links_init(struct links *all, size_t max, const struct conn_limits *limits)
{
	all->max = max;
	all->limits = limits;
	all->slots = mem_calloc(max, sizeof(all->slots[0]));
}

void links_release(struct links *all)
{
	mem_free(all->slots);
	all->slots = NULL;
}

/* A request's id leads back to its connection, and to no other that got the same slot later. */
static uint64_t next_request_id(struct links *all, const struct link *l)
{
	return ++all->requests * all->max + l->slot;
}

static struct link *find_link(const struct links *all, uint64_t request_id)
{
	struct link *l = all->slots[request_id % all->max];

	return l && l->conn.work_id == request_id ? l : NULL;
}

static size_t find_free_slot(const struct links *all)
{
	size_t slot = 0;

	while (all->slots[slot])
		slot++;
	return slot;
}

static void on_timer(lws_sorted_usec_list_t *timer);

/* A deadline that moves away leaves the timer as it is: it fires early, and is set anew then. The library's
 * list of timers is long and sorted, so moving them with each request would cost more than the request. */
static void set_timer(struct link *l)
{
	const int64_t deadline_ns = l->conn.deadline_ns;
	int64_t us;

	if (l->timer_ns && l->timer_ns <= deadline_ns)
		return;
	us = (deadline_ns - clock_now_ns(NULL)) / 1000 + 1;
	l->timer_ns = deadline_ns;
	lws_sul_schedule(l->all->context, 0, &l->timer, on_timer, us > 1 ? us : 1);
}

struct link *link_new(struct links *all, struct lws *wsi)
{
	struct link *l = MEM_NEW(struct link);
	char peer[EXCHANGE_PEER_MAX] = "";

	lws_get_peer_simple(wsi, peer, sizeof(peer));
	l->all = all;
	l->wsi = wsi;
	l->reading = true;
	l->slot = find_free_slot(all);
	all->slots[l->slot] = l;
	all->n++;
	conn_init(&l->conn, all->limits, str_has_prefix(peer, "::ffff:") ? peer + 7 : peer,
		  clock_now_ns(NULL));
	set_timer(l);
	return l;
}

void link_free(struct link *l)
{
	struct links *all = l->all;

	lws_sul_cancel(&l->timer);
	if (l->conn.work_id && all->queue)
		queue_drop(all->queue, l->conn.work_id);
	all->slots[l->slot] = NULL;
	all->n--;
	conn_release(&l->conn);
	mem_free(l);
}

static void submit(struct link *l)
{
	struct exchange *x = conn_take(&l->conn, next_request_id(l->all, l));

	if (!x || queue_push(l->all->queue, &x))
		return;
	exchange_refuse(x, (struct refusal){503, "too many requests are waiting"});
	conn_reply(&l->conn, x);
}

/* Says goodbye while the other side may still be sending: the reply's last bytes must not be lost to a reset.
 */
static void half_close(struct link *l)
{
	SSL *ssl = lws_get_ssl(l->wsi);

	if (l->half_closed)
		return;
	l->half_closed = true;
	if (ssl)
		(void)SSL_shutdown(ssl);
	(void)shutdown(lws_get_socket_fd(l->wsi), SHUT_WR);
}

/* Writes the next piece. The library keeps what the socket does not take. */
static bool write_piece(struct link *l)
{
	uint8_t *piece = l->all->piece + LWS_PRE;
	const size_t n = conn_next(&l->conn, piece, CONN_PIECE_MAX);
	const int sent = n > 0 ? lws_write(l->wsi, piece, n, LWS_WRITE_RAW) : 0;

	secret_wipe(piece, n);
	return sent >= 0;
}

/* Most answers are one piece, and the socket takes it at once: no need to ask the library when it would.
 * False: the connection is broken. */
static bool write_now(struct link *l)
{
	if (!conn_has_output(&l->conn) || lws_partial_buffered(l->wsi))
		return true;
	if (!write_piece(l))
		return false;
	if (lws_partial_buffered(l->wsi))
		lws_callback_on_writable(l->wsi);
	else
		conn_flushed(&l->conn, clock_now_ns(NULL));
	return true;
}

/* Does what the state machine asks for now. False: close the socket. */
static bool serve(struct link *l)
{
	if (l->conn.state == CONN_READY)
		submit(l);
	if (l->conn.state == CONN_OVER)
		return false;
	if (l->conn.state == CONN_LINGER)
		half_close(l);
	if (conn_has_output(&l->conn))
		lws_callback_on_writable(l->wsi);
	if (conn_wants_input(&l->conn) != l->reading) {
		l->reading = !l->reading;
		lws_rx_flow_control(l->wsi, l->reading);
	}
	set_timer(l);
	return true;
}

static void close_later(struct link *l)
{
	lws_set_timeout(l->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
}

/* The same outside of the socket's own callback, where the library does not close by return value. */
static void serve_later(struct link *l)
{
	if (!serve(l))
		close_later(l);
}

static void on_timer(lws_sorted_usec_list_t *timer)
{
	struct link *l = (struct link *)timer;
	const uint64_t work_id = l->conn.work_id;

	l->timer_ns = 0;
	conn_expire(&l->conn, clock_now_ns(NULL));
	if (work_id && !l->conn.work_id)
		queue_drop(l->all->queue, work_id);
	serve_later(l);
}

bool link_received(struct link *l, void *in, size_t len)
{
	/* The library's own limit for the handshake goes on after it. */
	lws_set_timeout(l->wsi, NO_PENDING_TIMEOUT, 0);
	conn_feed(&l->conn, in, len, clock_now_ns(NULL));
	secret_wipe(in, len);
	return serve(l);
}

/* One write per call; the library calls again when the socket takes more. */
bool link_writable(struct link *l)
{
	if (conn_has_output(&l->conn)) {
		if (!write_piece(l))
			return false;
		/* Also after the last piece: that it has left is known at the next call. */
		lws_callback_on_writable(l->wsi);
		return true;
	}
	conn_flushed(&l->conn, clock_now_ns(NULL));
	return serve(l);
}

void links_deliver(struct links *all)
{
	struct exchange *x = queue_take_answered(all->queue), *next;

	for (; x; x = next) {
		struct link *l = find_link(all, x->id);

		next = x->next;
		if (!l) {
			exchange_free(x);
			continue;
		}
		conn_reply(&l->conn, x);
		if (write_now(l))
			serve_later(l);
		else
			close_later(l);
	}
}

void links_drain(struct links *all)
{
	for (size_t i = 0; i < all->max; i++) {
		if (!all->slots[i])
			continue;
		conn_drain(&all->slots[i]->conn);
		serve_later(all->slots[i]);
	}
}
