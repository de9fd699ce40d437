#include "connect/patch.h"

#include "base/mem.h"
#include "base/test.h"

#include <string.h>

#define ITEM                                                                                                 \
	"{'id':'i','title':'Old','tags':['a','b'],'fields':[{'id':'username','value':'u'},"                  \
	"{'id':'p/w','label':'P'}],'sections':[{'id':'s1','label':'S'}]}"

static char *quoted(const char *text)
{
	char *copy = mem_strdup(text);

	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	return copy;
}

/* The document after the operation, or the text of the error. */
static char *patched(const char *doc_text, const char *operation_text)
{
	CLEANUP(mem_freep) char *doc_json = quoted(doc_text), *operation_json = quoted(operation_text);
	CLEANUP(jsonx_freep) struct jsonx *doc = NULL, *operation = NULL;
	CLEANUP(secret_freep) struct secret *out = secret_new(65536);

	CHECK_OK(jsonx_parse(doc_json, strlen(doc_json), &doc));
	CHECK_OK(jsonx_parse(operation_json, strlen(operation_json), &operation));
	CLEANUP(err_freep) err_t e = patch_apply(doc, operation, out);
	return e ? mem_printf("error: %s", err_text(e)) : mem_strndup(secret_bytes(out), secret_len(out));
}

TEST(patch, changes_what_the_path_names_and_nothing_else)
{
	static const struct {
		const char *name, *operation, *want;
	} cases[] = {
		{"replace an attribute", "{'op':'replace','path':'/title','value':'New'}",
		 "{'id':'i','title':'New','tags':['a','b'],'fields':[{'id':'username','value':'u'},{'id':'p/"
		 "w','label':'P'}],'sections':[{'id':'s1','label':'S'}]}"},
		{"add an attribute that is not there", "{'op':'add','path':'/favorite','value':true}",
		 "{'id':'i','title':'Old','tags':['a','b'],'fields':[{'id':'username','value':'u'},{'id':'p/"
		 "w','label':'P'}],'sections':[{'id':'s1','label':'S'}],'favorite':true}"},
		{"replace an element by index", "{'op':'replace','path':'/tags/1','value':'c'}",
		 "{'id':'i','title':'Old','tags':['a','c'],'fields':[{'id':'username','value':'u'},{'id':'p/"
		 "w','label':'P'}],'sections':[{'id':'s1','label':'S'}]}"},
		{"insert an element", "{'op':'add','path':'/tags/0','value':'c'}",
		 "{'id':'i','title':'Old','tags':['c','a','b'],'fields':[{'id':'username','value':'u'},{'id':"
		 "'p/w','label':'P'}],'sections':[{'id':'s1','label':'S'}]}"},
		{"append an element", "{'op':'add','path':'/tags/-','value':'c'}",
		 "{'id':'i','title':'Old','tags':['a','b','c'],'fields':[{'id':'username','value':'u'},{'id':"
		 "'p/w','label':'P'}],'sections':[{'id':'s1','label':'S'}]}"},
		{"append a field", "{'op':'add','path':'/fields','value':{'label':'n'}}",
		 "{'id':'i','title':'Old','tags':['a','b'],'fields':[{'id':'username','value':'u'},{'id':'p/"
		 "w','label':'P'},{'label':'n'}],'sections':[{'id':'s1','label':'S'}]}"},
		{"replace all fields", "{'op':'replace','path':'/fields','value':[]}",
		 "{'id':'i','title':'Old','tags':['a','b'],'fields':[],'sections':[{'id':'s1','label':'S'}]"
		 "}"},
		{"replace a field, which keeps its id",
		 "{'op':'replace','path':'/fields/username','value':{'id':'x','value':'v'}}",
		 "{'id':'i','title':'Old','tags':['a','b'],'fields':[{'id':'username','value':'v'},{'id':'p/"
		 "w','label':'P'}],'sections':[{'id':'s1','label':'S'}]}"},
		{"an escaped id", "{'op':'remove','path':'/fields/p~1w'}",
		 "{'id':'i','title':'Old','tags':['a','b'],'fields':[{'id':'username','value':'u'}],"
		 "'sections':[{'id':'s1','label':'S'}]}"},
		{"an attribute of a field", "{'op':'replace','path':'/fields/username/value','value':'v'}",
		 "{'id':'i','title':'Old','tags':['a','b'],'fields':[{'id':'username','value':'v'},{'id':'p/"
		 "w','label':'P'}],'sections':[{'id':'s1','label':'S'}]}"},
		{"an attribute that a field does not show",
		 "{'op':'add','path':'/fields/p~1w/value','value':'v'}",
		 "{'id':'i','title':'Old','tags':['a','b'],'fields':[{'id':'username','value':'u'},{'id':'p/"
		 "w','label':'P','value':'v'}],'sections':[{'id':'s1','label':'S'}]}"},
		{"remove a value", "{'op':'remove','path':'/fields/username/value'}",
		 "{'id':'i','title':'Old','tags':['a','b'],'fields':[{'id':'username'},{'id':'p/"
		 "w','label':'P'}],'sections':[{'id':'s1','label':'S'}]}"},
		{"remove a section", "{'op':'remove','path':'/sections/s1'}",
		 "{'id':'i','title':'Old','tags':['a','b'],'fields':[{'id':'username','value':'u'},{'id':'p/"
		 "w','label':'P'}],'sections':[]}"},
		{"the first of a list that is not there",
		 "{'op':'add','path':'/urls/-','value':{'href':'h'}}",
		 "{'id':'i','title':'Old','tags':['a','b'],'fields':[{'id':'username','value':'u'},{'id':'p/"
		 "w','label':'P'}],'sections':[{'id':'s1','label':'S'}],'urls':[{'href':'h'}]}"},
		{"the whole item", "{'op':'replace','path':'/','value':{'title':'All'}}", "{'title':'All'}"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(mem_freep) char *want = quoted(cases[i].want);
		CLEANUP(mem_freep) char *have = patched(ITEM, cases[i].operation);

		CHECK_MSG(streq(have, want), "%s: %s", cases[i].name, have);
	}
	CHECK_INT(err_live(), 0);
}

TEST(patch, that_does_not_fit_is_refused)
{
	static const struct {
		const char *operation, *want;
	} cases[] = {
		{"[]", "error: an operation is an object with op, path and value"},
		{"{'op':'test','path':'/title','value':''}", "error: op is add, remove or replace"},
		{"{'op':'move','path':'/title','from':'/tags'}", "error: op is add, remove or replace"},
		{"{'path':'/title','value':''}", "error: op is add, remove or replace"},
		{"{'op':'add','value':''}", "error: an operation has a path"},
		{"{'op':'add','path':'title','value':''}", "error: a path begins with /"},
		{"{'op':'add','path':'/title'}", "error: add and replace have a value"},
		{"{'op':'replace','path':'/version','value':9}",
		 "error: a patch changes title, category, favorite, tags, urls, sections or fields of an "
		 "item"},
		{"{'op':'remove','path':'/'}", "error: an item is deleted by DELETE"},
		{"{'op':'remove','path':'/tags/2'}", "error: The item has nothing at the path /tags/2"},
		{"{'op':'replace','path':'/title/x','value':''}",
		 "error: The item has nothing at the path /title/x"},
		{"{'op':'replace','path':'/fields/none','value':{}}",
		 "error: The item doesn't have a field with the id that the path names: /fields/none"},
		{"{'op':'replace','path':'/fields/0/value','value':''}",
		 "error: The item doesn't have a field with the id that the path names: /fields/0/value"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(mem_freep) char *have = patched(ITEM, cases[i].operation);

		CHECK_MSG(streq(have, cases[i].want), "%s: %s", cases[i].operation, have);
	}
	CHECK_INT(err_live(), 0);
}
