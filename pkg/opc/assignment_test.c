#include "opc/assignment.h"

#include "base/str.h"
#include "base/test.h"

#include <string.h>

TEST(assignment, names_section_field_type_and_value)
{
	static const struct {
		const char *text, *section, *field, *type, *value;
	} cases[] = {
		{"username=app", NULL, "username", NULL, "app"},
		{"Extra.token[password]=a=b[c].d", "Extra", "token", "CONCEALED", "a=b[c].d"},
		{"notesPlain=", NULL, "notesPlain", NULL, ""},
		{"a\\.b\\=c[text]=x", NULL, "a.b=c", "STRING", "x"},
		{"s\\\\.f[monthYear]=2030/01", "s\\", "f", "MONTH_YEAR", "2030/01"},
		{"list\\[0]=x", NULL, "list[0]", NULL, "x"},
		{"Extra.token[delete]", "Extra", "token", NULL, NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(assignment_release) struct assignment a = {0};

		CHECK_OK(assignment_parse(cases[i].text, &a));
		CHECK(streq(a.section, cases[i].section));
		CHECK_STR(a.field, cases[i].field);
		CHECK(streq(a.type, cases[i].type));
		CHECK(a.remove == !cases[i].value);
		CHECK(streq(a.value ? secret_bytes(a.value) : NULL, cases[i].value));
	}
}

TEST(assignment, a_file_is_named_by_its_path)
{
	CLEANUP(assignment_release) struct assignment a = {0};

	CHECK_OK(assignment_parse("ca\\.pem[file]=/etc/ca.pem", &a));
	CHECK(a.is_file && !a.type && !a.section);
	CHECK_STR(a.field, "ca.pem");
	CHECK_STR(secret_bytes(a.value), "/etc/ca.pem");
}

TEST(assignment, errors_show_no_value)
{
	static const char *const wrong[] = {"=hidden",        ".f=hidden",        "s.=hidden",
					    "f[none]=hidden", "f[delete]=hidden", "f[file]="};

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		CLEANUP(assignment_release) struct assignment a = {0};
		CLEANUP(err_freep) err_t e = assignment_parse(wrong[i], &a);

		CHECK(err_is(e, ERR_INVALID));
		CHECK(!strstr(err_text(e), "hidden"));
	}
	CLEANUP(assignment_release) struct assignment a = {0};
	CLEANUP(err_freep) err_t e = assignment_parse("word", &a);
	CHECK(err_is(e, ERR_INVALID));
}
