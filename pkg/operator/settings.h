#ifndef OPERATOR_SETTINGS_H
#define OPERATOR_SETTINGS_H

#include "base/log.h"
#include "base/secret.h"
#include "config/config.h"

/* The operator's flags and environment: those of 1Password's operator 1.12 with their meaning, and a few of
 * our own. */
struct settings {
	char *connect_host;
	struct secret *connect_token; /* or a file that has it: one of the two */
	char *connect_token_file;
	struct secret *service_account_token;
	char *polling_interval; /* as given; poll_ns is what it means */
	int64_t poll_ns;
	struct strv watch_namespaces; /* empty: all */
	bool poll_is_default;         /* because what was given is no number */
	bool change_feed;
	bool auto_restart;
	bool manage_connect;
	char *connect_manifests; /* folder */
	char *pod_namespace, *pod_name;
	char *item_selector, *namespace_selector; /* label selectors; empty: all */

	char *kubeconfig;
	char *metrics_address, *health_address;
	bool metrics_secure;
	char *metrics_cert_path, *metrics_cert_name, *metrics_cert_key;
	enum config_auto leader_elect;
	char *lease_name;
	bool http2;
	bool copy_annotations;
	bool allow_empty_values;
	bool zap_devel;
	char *zap_encoder, *zap_level, *zap_stacktrace, *zap_time;
	bool dry_run;
	int64_t workers;
	int64_t restart_window_ns;
	int64_t restarts_per_second, restarts_in_progress; /* 0: no limit */
};

/* The syntax: unknown flags, values that are no number … *out_help: out is not touched. */
err_t settings_parse(int argc, const char *const *argv, const char *const *environment, struct settings *out,
		     bool *out_help) NODISCARD;
/* Whether the command line alone can be read: the original tells flags that are wrong (status 2) from
 * variables that are (status 1). */
bool settings_flags_are_fine(int argc, const char *const *argv);

/* What is there and can be obeyed. Errors name the option and say what would be right; what this program does
 * not do is refused, never ignored. */
err_t settings_check(const struct settings *s) NODISCARD;
void settings_release(struct settings *s);
void settings_help(struct strbuf *out);

enum log_level settings_log_level(const struct settings *s);
enum log_format settings_log_format(const struct settings *s);
enum log_time settings_log_time(const struct settings *s);

#endif
