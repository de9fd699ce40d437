#include "operator/secretdata.h"

#include "base/mem.h"
#include "base/test.h"
#include "operator/quoted_test.h"

#define ID_I "iiiiiiiiiiiiiiiiiiiiiiiiii"
#define ID_V "vvvvvvvvvvvvvvvvvvvvvvvvvv"
#define ID_F "ffffffffffffffffffffffffff"
#define ID_G "gggggggggggggggggggggggggg"

/* An item with these members; files get their names as content. */
static struct item *item_of(const char *members)
{
	char *text CLEANUP(mem_freep) =
		mem_printf("{'id':'" ID_I "','vault':{'id':'" ID_V "'},'version':1,%s}", members);
	struct jsonx *json CLEANUP(jsonx_freep) = quoted_json(text);
	struct item *item = NULL;

	CHECK_OK(item_parse(json, &item));
	for (size_t i = 0; i < item->n_files; i++)
		item->files[i].content = secret_from_str(item->files[i].name);
	return item;
}

static void write(const struct secretdata *d, struct strbuf *out)
{
	struct jsonw w;

	jsonw_init_str(&w, out);
	secretdata_write(d, &w);
	CHECK_OK(jsonw_done(&w));
}

/* want: "key=value key=value " in the order of the data. */
static void check_built(const char *name, const char *members, bool allow_empty, const char *want)
{
	struct item *item CLEANUP(item_freep) = item_of(members);
	struct secretdata d CLEANUP(secretdata_release) = {0};
	struct strbuf text CLEANUP(strbuf_release) = {0};

	strbuf_init(&text, 65536);
	CHECK_OK(secretdata_build(item, allow_empty, &d));
	for (size_t i = 0; i < d.n; i++)
		strbuf_addf(&text, "%s=%.*s ", d.v[i].key, (int)d.v[i].len, d.v[i].p);
	CHECK_MSG(streq(text.p, want), "%s: %s", name, text.p);
}

TEST(secretdata, later_sources_win_as_in_the_original)
{
	static const struct {
		const char *name, *members, *want;
	} cases[] = {
		{"nothing", "'fields':[]", ""},
		{"fields in order", "'fields':[{'label':'b','value':'1'},{'label':'a','value':'2'}]",
		 "b=1 a=2 "},
		{"of equal fields the last wins",
		 "'fields':[{'label':'a','value':'1'},{'label':'a','value':'2'}]", "a=2 "},
		{"of equal keys too", "'fields':[{'label':'a b','value':'1'},{'label':'a-b','value':'2'}]",
		 "a-b=2 "},
		{"an empty later one does not",
		 "'fields':[{'label':'a','value':'1'},{'label':'a','value':''}]", "a=1 "},
		{"sections do not count",
		 "'sections':[{'id':'s','label':'S'}],'fields':[{'label':'a','value':'1'},"
		 "{'label':'a','value':'2','section':{'id':'s'}}]",
		 "a=2 "},
		{"a field without a label", "'fields':[{'value':'1'},{'label':'###','value':'2'}]", ""},
		{"names that Kubernetes refuses",
		 "'fields':[{'label':'.','value':'1'},{'label':'..','value':'2'},{'label':'..foo','value':'3'"
		 "}]",
		 ""},
		{"an OTP field is its URI",
		 "'fields':[{'label':'one-time password','type':'OTP','value':'otpauth://x','totp':'123'}]",
		 "one-time-password=otpauth://x "},
		{"a URL", "'urls':[{'label':'website','href':'https://a'}]", "website=https://a "},
		{"of equal URLs the last wins", "'urls':[{'label':'w','href':'1'},{'label':'w','href':'2'}]",
		 "w=2 "},
		{"a primary one stays",
		 "'urls':[{'label':'w','href':'1','primary':true},{'label':'w','href':'2'}]", "w=1 "},
		{"a primary one replaces",
		 "'urls':[{'label':'w','href':'1'},{'label':'w','href':'2','primary':true}]", "w=2 "},
		{"of two primary ones the last wins",
		 "'urls':[{'label':'w','href':'1','primary':true},{'label':'w','href':'2','primary':true}]",
		 "w=2 "},
		{"URLs of one key, too",
		 "'urls':[{'label':'a b','href':'1','primary':true},{'label':'a-b','href':'2'}]", "a-b=1 "},
		{"a field beats a URL",
		 "'urls':[{'label':'w','href':'1','primary':true}],'fields':[{'label':'w','value':'2'}]",
		 "w=2 "},
		{"an empty field does not",
		 "'urls':[{'label':'w','href':'1'}],'fields':[{'label':'w','value':''}]", "w=1 "},
		{"a file", "'files':[{'id':'" ID_F "','name':'test.txt'}]", "test.txt=test.txt "},
		{"a file takes no key that is there",
		 "'urls':[{'label':'u','href':'1'}],'fields':[{'label':'f','value':'2'}],"
		 "'files':[{'id':'" ID_F "','name':'u'},{'id':'" ID_G "','name':'f'}]",
		 "u=1 f=2 "},
		{"of equal files the first wins",
		 "'files':[{'id':'" ID_F "','name':'a b'},{'id':'" ID_G "','name':'a-b'}]", "a-b=a b "},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_built(cases[i].name, cases[i].members, false, cases[i].want);
	CHECK_INT(err_live(), 0);
}

TEST(secretdata, empty_values_are_kept_only_where_they_are_wanted)
{
	static const char members[] =
		"'urls':[{'label':'u'}],'fields':[{'label':'f','value':''},{'label':'g'},"
		"{'label':'h','value':'1'},{'label':'h','value':''}]";

	check_built("left out", members, false, "h=1 ");
	check_built("kept", members, true, "u= f= g= h= ");
}

TEST(secretdata, a_file_that_is_not_loaded_is_left_out)
{
	struct item *item CLEANUP(item_freep) = item_of("'files':[{'id':'" ID_F "','name':'a'}]");
	struct secretdata d CLEANUP(secretdata_release) = {0};

	secret_free(TAKE(item->files[0].content));
	CHECK_OK(secretdata_build(item, true, &d));
	CHECK_INT(d.n, 0);
}

TEST(secretdata, labels_become_keys)
{
	static const struct {
		const char *label, *want;
	} cases[] = {
		{"AWS Access Key", "AWS-Access-Key=1 "},
		{"\xf0\x9f\x98\x84 ice-cream type", "ice-cream-type=1 "},
		{"foo - bar", "foo---bar=1 "},
		{"label w%th invalid ch!rs-", "label-w-th-invalid-ch-rs-=1 "},
		{"na\xc3\xafve key \xc3\xa9", "na-ve-key=1 "},
		{"a/b:c", "a-b-c=1 "},
		{".dockerconfigjson", ".dockerconfigjson=1 "},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *members CLEANUP(mem_freep) =
			mem_printf("'fields':[{'label':'%s','value':'1'}]", cases[i].label);

		check_built(cases[i].label, members, false, cases[i].want);
	}
}

static void set_value(struct item *item, size_t field, size_t len)
{
	char *bytes CLEANUP(mem_freep) = mem_zalloc(len);

	secret_free(item->fields[field].value);
	item->fields[field].value = secret_from(bytes, len);
}

TEST(secretdata, holds_what_a_secret_holds)
{
	struct item *item CLEANUP(item_freep) =
		item_of("'fields':[{'label':'aa','value':'x'},{'label':'bb','value':'y'}]");
	struct secretdata d CLEANUP(secretdata_release) = {0};
	struct secretdata_changes changes CLEANUP(secretdata_changes_release) = {0};

	set_value(item, 0, SECRETDATA_MAX - 1);
	CHECK_OK(secretdata_build(item, false, &d)); /* keys do not count, as in the API server */
	CHECK_OK(secretdata_compare(&d, NULL, &(struct strv){0}, &changes));
	CHECK_INT(changes.added.n, 2);
	secretdata_release(&d);
	set_value(item, 1, 2);
	CHECK_ERR(secretdata_build(item, false, &d), ERR_INVALID);
	CHECK_INT(d.n, 0);
	CHECK_INT(err_live(), 0);
}

TEST(secretdata, is_written_as_base64)
{
	struct item *item CLEANUP(item_freep) =
		item_of("'fields':[{'label':'user','value':'admin'},{'label':'nul','value':'a\\u0000b'}]");
	struct secretdata d CLEANUP(secretdata_release) = {0};
	struct strbuf text CLEANUP(strbuf_release) = {0};

	strbuf_init(&text, 4096);
	CHECK_OK(secretdata_build(item, false, &d));
	write(&d, &text);
	CHECK_STR(text.p, "{\"user\":\"YWRtaW4=\",\"nul\":\"YQBi\"}");
}

static void add_names(struct strbuf *out, char sign, const struct strv *names)
{
	for (size_t i = 0; i < names->n; i++)
		strbuf_addf(out, "%c%s", sign, names->v[i]);
}

TEST(secretdata, differs_where_a_value_of_ours_is_not_as_wanted)
{
	/* Wanted: user=admin, pass=x. */
	static const struct {
		const char *name, *live, *owned;
		const char *want; /* added, changed, removed */
	} cases[] = {
		{"the same", "{'user':'YWRtaW4=','pass':'eA=='}", "user,pass", ""},
		{"the same, owned by nobody", "{'user':'YWRtaW4=','pass':'eA=='}", "", ""},
		{"another value", "{'user':'YWRtaW8=','pass':'eA=='}", "user,pass", "~user"},
		{"another length", "{'user':'YWRtaW4=','pass':'eHh4eHg='}", "user,pass", "~pass"},
		{"empty", "{'user':'YWRtaW4=','pass':''}", "user,pass", "~pass"},
		{"missing", "{'user':'YWRtaW4='}", "user,pass", "+pass"},
		{"null", "{'user':'YWRtaW4=','pass':null}", "user,pass", "+pass"},
		{"no data", "null", "", "+user+pass"},
		{"a key of others", "{'user':'YWRtaW4=','pass':'eA==','ca.crt':'eA=='}", "user,pass", ""},
		{"a key of ours that is no longer wanted", "{'user':'YWRtaW4=','pass':'eA==','old':'eA=='}",
		 "user,pass,old", "-old"},
		{"one that has gone already", "{'user':'YWRtaW4=','pass':'eA=='}", "user,pass,old", ""},
	};
	struct item *item CLEANUP(item_freep) =
		item_of("'fields':[{'label':'user','value':'admin'},{'label':'pass','value':'x'}]");
	struct secretdata d CLEANUP(secretdata_release) = {0};

	CHECK_OK(secretdata_build(item, false, &d));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct jsonx *live CLEANUP(jsonx_freep) = quoted_json(cases[i].live);
		struct strv owned CLEANUP(strv_release) = {0};
		struct secretdata_changes changes CLEANUP(secretdata_changes_release) = {0};
		struct strbuf have CLEANUP(strbuf_release) = {0};

		if (*cases[i].owned)
			strv_split(&owned, cases[i].owned, ',');
		CHECK_OK(secretdata_compare(&d, live, &owned, &changes));
		strbuf_init(&have, 1000);
		add_names(&have, '+', &changes.added);
		add_names(&have, '~', &changes.changed);
		add_names(&have, '-', &changes.removed);
		CHECK_MSG(streq(have.p, cases[i].want), "%s: %s", cases[i].name, have.p);
		CHECK(secretdata_changes_any(&changes) == (*cases[i].want != '\0'));
	}
	CHECK_INT(err_live(), 0);
}
