#include "kube/settings.h"

#include "base/mem.h"

void kube_settings_release(struct kube_settings *s)
{
	mem_free(s->source);
	mem_free(s->server);
	mem_free(s->namespace);
	mem_free(s->tls_server_name);
	mem_free(s->proxy_url);
	mem_free(s->ca_pem);
	mem_free(s->ca_file);
	mem_free(s->cert_pem);
	mem_free(s->cert_file);
	secret_free(s->key_pem);
	mem_free(s->key_file);
	secret_free(s->token);
	mem_free(s->token_file);
	kube_exec_freep(&s->exec);
	*s = (struct kube_settings){0};
}
