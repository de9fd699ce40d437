#include "onepassword/reference.h"

#include "base/mem.h"
#include "base/str.h"
#include "base/test.h"

#include <string.h>

TEST(op_reference, names_vault_item_section_and_field)
{
	static const struct {
		const char *text, *vault, *item, *section, *field;
		enum op_attribute attribute;
	} cases[] = {
		{"op://v/i/f", "v", "i", NULL, "f", OP_ATTRIBUTE_VALUE},
		{"op://My Vault/data-base_1.x/Extra/pass word", "My Vault", "data-base_1.x", "Extra",
		 "pass word", OP_ATTRIBUTE_VALUE},
		{"op://v/i/f?attribute=otp", "v", "i", NULL, "f", OP_ATTRIBUTE_OTP},
		{"op://v/i/s/f?attr=type", "v", "i", "s", "f", OP_ATTRIBUTE_TYPE},
		{"op://v/i/f?ssh-format=openssh", "v", "i", NULL, "f", OP_ATTRIBUTE_OPENSSH},
		{"op://v/i/f?attr=content", "v", "i", NULL, "f", OP_ATTRIBUTE_VALUE},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(op_reference_release) struct op_reference r = {0};

		CHECK_OK(op_reference_parse(cases[i].text, &r));
		CHECK_STR(r.vault, cases[i].vault);
		CHECK_STR(r.item, cases[i].item);
		CHECK_STR(r.section, cases[i].section);
		CHECK_STR(r.field, cases[i].field);
		CHECK_INT(r.attribute, cases[i].attribute);
	}
}

TEST(op_reference, that_is_wrong_says_how)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"v/i/f", "a secret reference begins with op://"},
		{"op://v/i", "too few '/'"},
		{"op://v/i/s/f/x", "too many '/'"},
		{"op://v//f", "a part of the secret reference is empty"},
		{"op://v/i/a\\b", "invalid character in secret reference: '\\'"},
		{"op://v/i/\x01", "byte 0x01"},
		{"op://v/i/f?attribute=colour", "the attribute is value, type, id"},
		{"op://v/i/f?x=y", "a parameter of a secret reference is attribute="},
		{"op://v/i/f?ssh-format=pem", "ssh-format is openssh"},
		{"op://v/i/f?attribute=id&ssh-format=openssh", "ssh-format goes with the value"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(op_reference_release) struct op_reference r = {0};
		CLEANUP(err_freep) err_t e = op_reference_parse(cases[i].text, &r);

		CHECK_MSG(e && strstr(err_text(e), cases[i].want), "%s: %s", cases[i].text,
			  e ? err_text(e) : "fine");
		CHECK(!r.vault);
	}
	CHECK_INT(err_live(), 0);
}
