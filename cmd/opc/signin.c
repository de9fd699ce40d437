#include "admin.h"

#include "ask.h"
#include "base/mem.h"
#include "session.h"

#include <stdio.h>
#include <string.h>

#define BODY_MAX 65536

struct signin_settings {
	struct admin_settings admin;
	bool raw, forget;
};
#define AT(member) offsetof(struct signin_settings, member)

static const struct config_option options[] = {ADMIN_OPTIONS};
static const struct config_option signin_options[] = {
	ADMIN_OPTIONS,
	{"email", "OPC_EMAIL", CONFIG_STR, AT(admin.email), .help = "Who signs in."},
	{"raw", NULL, CONFIG_BOOL, AT(raw),
	 .help = "Print the session's token, for OPC_SESSION or --session, instead of keeping it."},
};
static const struct config_option signout_options[] = {
	ADMIN_OPTIONS,
	{"forget", NULL, CONFIG_BOOL, AT(forget),
	 .help = "Forget the session also where the server can't be asked to end it."},
};
static const struct config_option change_options[] = {
	ADMIN_OPTIONS,
	{"raw", NULL, CONFIG_BOOL, AT(raw), .help = "Print the new session's token instead of keeping it."},
};

static NODISCARD err_t show_session(const struct signin_settings *s, const struct jsonx *session)
{
	CLEANUP(mem_freep) char *url = NULL;

	if (s->raw) {
		printf("%s\n", text_of(session, "token"));
		return NULL;
	}
	TRY_(admin_url(&s->admin, &url));
	TRY_(session_keep(&s->admin.connection, url, text_of(session, "token")));
	printf("Signed in as %s until %s, or until 30 minutes without a request.\n",
	       text_of(jsonx_get(session, "person"), "name"), text_of(session, "expiresAt"));
	return NULL;
}

static NODISCARD err_t signin(const char *const *names, const void *settings)
{
	const struct signin_settings *s = settings;
	CLEANUP(asker_release) struct asker asker = {0};
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(secret_freep) struct secret *passphrase = NULL;
	CLEANUP(secret_freep) struct secret *body = secret_new(BODY_MAX);
	CLEANUP(op_reply_release) struct op_reply reply = {0};

	(void)names;
	if (str_empty(s->admin.email))
		return err_new(ERR_INVALID, "--email or OPC_EMAIL says who signs in");
	TRY_(admin_open_unknown(&s->admin, &l));
	TRY_(ask_secret(&asker, "Passphrase", &passphrase));
	const struct admin_member members[] = {{"email", s->admin.email},
					       {"passphrase", secret_bytes(passphrase)}};
	TRY_(admin_body(members, ARRAY_LEN(members), body));
	TRY_(admin_send(l, "POST", "/sessions", body, &reply));
	return show_session(s, reply.json);
}

static NODISCARD err_t signout(const char *const *names, const void *settings)
{
	const struct signin_settings *s = settings;
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(op_reply_release) struct op_reply reply = {0};
	CLEANUP(mem_freep) char *url = NULL;

	(void)names;
	TRY_(admin_url(&s->admin, &url));
	TRY_(admin_open_session(&s->admin, &l));
	CLEANUP(err_freep) err_t e = admin_send(l, "DELETE", "/sessions/current", NULL, &reply);
	/* One that is refused has ended already. */
	if (e && err_kind(e) != ERR_DENIED && !s->forget)
		return TAKE(e);
	/* A session that the caller keeps is not the one that is kept here. */
	return str_empty(s->admin.connection.session) ? session_forget(&s->admin.connection, url) : NULL;
}

static NODISCARD err_t accept(const char *const *names, const void *settings)
{
	const struct signin_settings *s = settings;
	CLEANUP(asker_release) struct asker asker = {0};
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(secret_freep) struct secret *invitation = NULL;
	CLEANUP(secret_freep) struct secret *passphrase = NULL;
	CLEANUP(secret_freep) struct secret *body = secret_new(BODY_MAX);
	CLEANUP(op_reply_release) struct op_reply reply = {0};

	(void)names;
	TRY_(admin_open_unknown(&s->admin, &l));
	TRY_(ask_secret(&asker, "Invitation", &invitation));
	TRY_(ask_new_secret(&asker, "New passphrase", &passphrase));
	const struct admin_member members[] = {{"invitation", secret_bytes(invitation)},
					       {"passphrase", secret_bytes(passphrase)}};
	TRY_(admin_body(members, ARRAY_LEN(members), body));
	TRY_(admin_send(l, "POST", "/invitations/accept", body, &reply));
	printf("Welcome, %s. Sign in with: opc signin --email %s\n", text_of(reply.json, "name"),
	       text_of(reply.json, "email"));
	return NULL;
}

static NODISCARD err_t change(const char *const *names, const void *settings)
{
	const struct signin_settings *s = settings;
	CLEANUP(asker_release) struct asker asker = {0};
	CLEANUP(lookup_freep) struct lookup *l = NULL;
	CLEANUP(secret_freep) struct secret *old = NULL;
	CLEANUP(secret_freep) struct secret *new = NULL;
	CLEANUP(secret_freep) struct secret *body = secret_new(BODY_MAX);
	CLEANUP(op_reply_release) struct op_reply reply = {0};

	(void)names;
	TRY_(admin_open_session(&s->admin, &l));
	TRY_(ask_secret(&asker, "Passphrase", &old));
	TRY_(ask_new_secret(&asker, "New passphrase", &new));
	const struct admin_member members[] = {{"passphrase", secret_bytes(old)},
					       {"newPassphrase", secret_bytes(new)}};
	TRY_(admin_body(members, ARRAY_LEN(members), body));
	TRY_(admin_send(l, "PUT", "/passphrase", body, &reply));
	return show_session(s, reply.json);
}

const struct command command_signin = {
	.name = "signin",
	.arguments = "--email EMAIL [--raw]",
	.summary =
		"Signs a person in to the administration of connect-server; the passphrase is typed, or on "
		"standard input.",
	.options = signin_options,
	.n_options = ARRAY_LEN(signin_options),
	.settings_size = sizeof(struct signin_settings),
	.run = signin,
};
const struct command command_signout = {
	.name = "signout",
	.arguments = "[--forget]",
	.summary = "Ends the session of the person who has signed in.",
	.options = signout_options,
	.n_options = ARRAY_LEN(signout_options),
	.settings_size = sizeof(struct signin_settings),
	.run = signout,
};
const struct command command_invitation_accept = {
	.name = "invitation accept",
	.arguments = "",
	.summary = "Chooses a passphrase with an invitation; both are typed, or lines of standard input.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.settings_size = sizeof(struct signin_settings),
	.run = accept,
};
const struct command command_passphrase_change = {
	.name = "passphrase change",
	.arguments = "[--raw]",
	.summary =
		"Changes the own passphrase; both are typed, or lines of standard input. Other sessions end.",
	.options = change_options,
	.n_options = ARRAY_LEN(change_options),
	.settings_size = sizeof(struct signin_settings),
	.run = change,
};
