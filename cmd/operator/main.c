/* onepassword-operator: syncs 1Password items into Kubernetes Secrets. */

#include "base/mem.h"
#include "base/process.h"
#include "base/sync.h"
#include "http/client.h"
#include "operator/program.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define EXIT_USAGE 2
#define REPORT_MAX (64u << 20) /* of a dry run */

static const struct logger log_main = {.name = "setup"};

static void block_signals(sigset_t *out)
{
	sigemptyset(out);
	sigaddset(out, SIGTERM);
	sigaddset(out, SIGINT);
	pthread_sigmask(SIG_BLOCK, out, NULL);
}

struct signal_waiter {
	sigset_t signals;
	struct program *program;
};

/* The first signal stops in order, the second at once. */
static void *wait_for_signals(void *arg)
{
	struct signal_waiter *w = arg;
	int signal;

	sigwait(&w->signals, &signal);
	log_info(&log_main, "stopping", F_INT("signal", signal));
	program_stop(w->program);
	sigwait(&w->signals, &signal);
	_exit(EXIT_FAILURE);
}

static int fail(err_t e, int status)
{
	log_error(&log_main, "cannot go on", F_ERR(e));
	err_free(e);
	return status;
}

static int run(const struct settings *settings, struct kube_config *kube, const sigset_t *signals)
{
	struct signal_waiter waiter = {.signals = *signals};
	pthread_t thread;
	err_t e = program_start(settings, kube, &waiter.program);

	if (e)
		return fail(e, EXIT_FAILURE);
	sync_thread_start(&thread, "signals", wait_for_signals, &waiter);
	e = program_wait(waiter.program);
	if (e)
		_exit(fail(e, EXIT_FAILURE)); /* another one may be leading: no further write */
	program_free(waiter.program);
	return EXIT_SUCCESS;
}

/* Signals end it at once: it leaves nothing behind. */
static int dry_run(const struct settings *settings, struct kube_config *kube, const sigset_t *signals)
{
	struct strbuf report CLEANUP(strbuf_release) = {0};
	size_t failed = 0;
	err_t e;

	pthread_sigmask(SIG_UNBLOCK, signals, NULL);
	strbuf_init(&report, REPORT_MAX);
	e = program_dry_run(settings, kube, &report, &failed);
	if (e)
		return fail(e, EXIT_FAILURE);
	fputs(report.p, stdout);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int print_help(void)
{
	struct strbuf text CLEANUP(strbuf_release) = {0};

	strbuf_init(&text, 65536);
	strbuf_adds(&text,
		    "onepassword-operator " VERSION ": syncs 1Password items into Kubernetes Secrets.\n\n");
	settings_help(&text);
	fputs(text.p, stdout);
	return EXIT_SUCCESS;
}

static int serve(const struct settings *settings, const sigset_t *signals)
{
	struct kube_config *kube CLEANUP(kube_config_freep) = NULL;
	const char *path = str_empty(settings->kubeconfig) ? NULL : settings->kubeconfig;
	err_t e = settings_check(settings);

	if (!e)
		e = kube_config_load(path, (const char *const *)environ, &kube);
	if (settings->poll_is_default)
		log_warn(&log_main,
			 "POLLING_INTERVAL is no whole number of seconds; the default of 600 counts");
	if (!e && settings->http2)
		log_warn(&log_main, "--enable-http2: this program serves HTTP/1.1 only");
	if (e)
		return fail(e, EXIT_FAILURE);
	return settings->dry_run ? dry_run(settings, kube, signals) : run(settings, kube, signals);
}

int main(int argc, char **argv)
{
	struct settings settings;
	sigset_t signals;
	bool help = false;
	int status;
	err_t e;

	process_harden();
	mem_use_one_heap();
	block_signals(&signals);
	e = settings_parse(argc, (const char *const *)argv, (const char *const *)environ, &settings, &help);
	if (e)
		return fail(e, settings_flags_are_fine(argc, (const char *const *)argv) ? EXIT_FAILURE
											: EXIT_USAGE);
	if (help)
		return print_help();
	log_configure(settings_log_level(&settings), settings_log_format(&settings));
	log_set_time(settings_log_time(&settings));
	http_client_global_init();
	status = serve(&settings, &signals);
	settings_release(&settings);
	http_client_global_release();
	return status;
}
