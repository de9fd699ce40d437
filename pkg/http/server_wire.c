#include "http/server_wire.h"
#include "base/mem.h"
#include "http/server_link.h"
#include "http/server_listen.h"
#include "http/server_tls.h"
#include <stdatomic.h>
#include <unistd.h>

#define PROTOCOL "http"
#define SPARE_DESCRIPTORS 8 /* of the library's table: its wake-up, the listening socket */
#define ACCEPTS_AT_ONCE 64
#define ACCEPT_PAUSE_MS 100
#define HANDSHAKE_S 5

/* What the library keeps per socket: a pointer to ours. */
struct session {
	struct link *link;
};

/* A certificate on its way to the service thread. */
struct certificate_change {
	const char *cert_pem;
	const struct secret *key_pem;
	bool done;
	err_t result;
};

struct wire {
	lws_sorted_usec_list_t accept_again; /* first, because it is what on_accept_again gets */
	struct lws_context *context;
	struct lws_vhost *vhost;
	void *ssl_ctx; /* NULL: cleartext */
	struct conn_limits limits;
	struct links links;
	int port;
	struct lws *listener;
	atomic_bool draining, stopping;
	bool drained;          /* the service thread has acted on draining */
	pthread_mutex_t mutex; /* guards change */
	pthread_cond_t changed;
	struct certificate_change *change;
	struct lws_protocols protocols[2];
};

/* --- Accepting --- */

static void on_accept_again(lws_sorted_usec_list_t *timer)
{
	struct wire *w = (struct wire *)timer;

	if (w->listener)
		lws_rx_flow_control(w->listener, 1);
}

static void adopt(struct wire *w, int fd)
{
	const lws_sock_file_fd_type descriptor = {.sockfd = fd};
	const lws_adoption_type type = LWS_ADOPT_SOCKET | (w->ssl_ctx ? LWS_ADOPT_ALLOW_SSL : 0);

	/* The library closes fd when it fails. */
	if (w->links.n < w->links.max && !w->drained)
		lws_adopt_descriptor_vhost(w->vhost, type, descriptor, PROTOCOL, NULL);
	else
		(void)close(fd);
}

static void on_connections_wait(struct wire *w)
{
	int fd = -1;

	for (int i = 0; i < ACCEPTS_AT_ONCE; i++) {
		switch (listen_accept(lws_get_socket_fd(w->listener), &fd)) {
		case LISTEN_ACCEPTED:
			adopt(w, fd);
			break;
		case LISTEN_NONE:
			return;
		case LISTEN_EXHAUSTED:
			lws_rx_flow_control(w->listener, 0);
			lws_sul_schedule(w->context, 0, &w->accept_again, on_accept_again,
					 ACCEPT_PAUSE_MS * LWS_US_PER_MS);
			return;
		}
	}
}

/* --- Events of other threads --- */

static void change_certificate(struct wire *w)
{
	SYNC_SCOPE(&w->mutex);
	if (!w->change || w->change->done)
		return;
	w->change->result = tls_use_certificate(w->ssl_ctx, w->change->cert_pem, w->change->key_pem);
	w->change->done = true;
	pthread_cond_broadcast(&w->changed);
}

static void drain(struct wire *w)
{
	if (!atomic_load(&w->draining) || w->drained)
		return;
	w->drained = true;
	lws_set_timeout(w->listener, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
	links_drain(&w->links);
}

static void on_woken(struct wire *w)
{
	if (!w->links.queue)
		return; /* not running yet */
	links_deliver(&w->links);
	change_certificate(w);
	drain(w);
}

/* --- The library's callback --- */

static int on_socket_event(struct wire *w, struct lws *wsi, enum lws_callback_reasons reason,
			   struct session *session, void *in, size_t len)
{
	struct link *l = session->link;

	switch ((int)reason) {
	case LWS_CALLBACK_RAW_ADOPT:
		session->link = link_new(&w->links, wsi);
		return 0;
	case LWS_CALLBACK_RAW_RX:
		return l && link_received(l, in, len) ? 0 : -1;
	case LWS_CALLBACK_RAW_WRITEABLE:
		return l && link_writable(l) ? 0 : -1;
	case LWS_CALLBACK_RAW_CLOSE:
	case LWS_CALLBACK_WSI_DESTROY:
		/* Either may come alone: a handshake that fails at once was never announced. */
		if (l)
			link_free(l);
		session->link = NULL;
		return 0;
	}
	return 0;
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct wire *w = lws_context_user(lws_get_context(wsi));

	switch ((int)reason) {
	case LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS:
		w->ssl_ctx = user;
		return 0;
	case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
		on_woken(w);
		return 0;
	case LWS_CALLBACK_RAW_RX_FILE:
		on_connections_wait(w);
		return 0;
	case LWS_CALLBACK_RAW_CLOSE_FILE:
		w->listener = NULL;
		return 0;
	case LWS_CALLBACK_RAW_ADOPT:
	case LWS_CALLBACK_RAW_RX:
	case LWS_CALLBACK_RAW_WRITEABLE:
	case LWS_CALLBACK_RAW_CLOSE:
	case LWS_CALLBACK_WSI_DESTROY:
		return user ? on_socket_event(w, wsi, reason, user, in, len) : 0;
	}
	return 0;
}

/* --- Life --- */

static err_t create_context(struct wire *w, const struct wire_options *o)
{
	struct lws_context_creation_info info;

	memset(&info, 0, sizeof(info));
	w->protocols[0] = (struct lws_protocols){
		.name = PROTOCOL, .callback = on_event, .per_session_data_size = sizeof(struct session)};
	/* The vhost is a server although it does not listen: we do, see server_listen.h. */
	info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
	info.protocols = w->protocols;
	info.user = w;
	info.gid = -1;
	info.uid = -1;
	info.options = LWS_SERVER_OPTION_ADOPT_APPLY_LISTEN_ACCEPT_CONFIG |
		       LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS | LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME;
	info.listen_accept_role = "raw-skt";
	info.listen_accept_protocol = PROTOCOL;
	/* Never more sockets than this table: the library stops serving when it is full. */
	info.fd_limit_per_thread = (unsigned int)(w->links.max + SPARE_DESCRIPTORS);
	info.pt_serv_buf_size = LWS_PRE + CONN_PIECE_MAX;
	info.timeout_secs = HANDSHAKE_S;
	if (o->cert_pem) {
		info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_CREATE_VHOST_SSL_CTX;
		info.alpn = "http/1.1"; /* HTTP/2 of this version loses request bodies */
	}
	lws_set_log_level(0, NULL);
	w->context = lws_create_context(&info);
	if (!w->context)
		return err_new(ERR_INTERNAL, "HTTP server: the event loop does not start");
	w->links.context = w->context;
	w->vhost = lws_get_vhost_by_name(w->context, "default");
	if (!w->vhost || (o->cert_pem && !w->ssl_ctx))
		return err_new(ERR_INTERNAL, "HTTP server: TLS does not start");
	return NULL;
}

static err_t set_up_tls(struct wire *w, const struct wire_options *o)
{
	if (!o->cert_pem)
		return NULL;
	tls_configure(w->ssl_ctx);
	if (o->client_ca_pem)
		TRY_(tls_require_client(w->ssl_ctx, o->client_ca_pem));
	return tls_use_certificate(w->ssl_ctx, o->cert_pem, o->key_pem);
}

static err_t start_listening(struct wire *w, const struct wire_options *o)
{
	lws_sock_file_fd_type descriptor = {.filefd = -1};

	TRY_(listen_open(o->address, o->port, &descriptor.filefd, &w->port));
	w->listener =
		lws_adopt_descriptor_vhost(w->vhost, LWS_ADOPT_RAW_FILE_DESC, descriptor, PROTOCOL, NULL);
	if (!w->listener)
		return err_new(ERR_INTERNAL, "HTTP server: the listening socket is not taken");
	return NULL;
}

static err_t set_up(struct wire *w, const struct wire_options *o)
{
	TRY_(create_context(w, o));
	TRY_(set_up_tls(w, o));
	return start_listening(w, o);
}

err_t wire_new(const struct wire_options *o, struct wire **out)
{
	struct wire *w = MEM_NEW(struct wire);
	err_t e;

	w->limits = o->limits;
	links_init(&w->links, listen_capacity(o->max_connections), &w->limits);
	atomic_init(&w->draining, false);
	atomic_init(&w->stopping, false);
	sync_mutex_init(&w->mutex);
	sync_cond_init(&w->changed);
	e = set_up(w, o);
	if (e) {
		wire_free(w);
		return e;
	}
	*out = w;
	return NULL;
}

void wire_free(struct wire *w)
{
	if (!w)
		return;
	w->links.queue = NULL;
	if (w->context)
		lws_context_destroy(w->context);
	sync_cond_destroy(&w->changed);
	sync_mutex_destroy(&w->mutex);
	links_release(&w->links);
	mem_free(w);
}

int wire_port(const struct wire *w)
{
	return w->port;
}

void wire_run(struct wire *w, struct queue *q)
{
	w->links.queue = q;
	on_woken(w); /* for what came before */
	while (!atomic_load(&w->stopping))
		if (lws_service(w->context, 0) < 0)
			return;
}

void wire_wake(void *wire)
{
	struct wire *w = wire;

	lws_cancel_service(w->context);
}

void wire_drain(struct wire *w)
{
	atomic_store(&w->draining, true);
	wire_wake(w);
}

void wire_stop(struct wire *w)
{
	atomic_store(&w->stopping, true);
	wire_wake(w);
}

err_t wire_set_certificate(struct wire *w, const char *cert_pem, const struct secret *key_pem)
{
	struct certificate_change change = {.cert_pem = cert_pem, .key_pem = key_pem};

	if (!w->ssl_ctx)
		return err_new(ERR_INVALID, "HTTP server: it was started without TLS");
	sync_mutex_lock(&w->mutex);
	while (w->change)
		sync_cond_wait(&w->changed, &w->mutex);
	w->change = &change;
	wire_wake(w);
	while (!change.done)
		sync_cond_wait(&w->changed, &w->mutex);
	w->change = NULL;
	pthread_cond_broadcast(&w->changed);
	sync_mutex_unlock(&w->mutex);
	return change.result;
}
