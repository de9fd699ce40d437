#include "connect/category.h"

#include "base/test.h"

TEST(category, is_found_in_any_case)
{
	CHECK_STR(category_find("api_credential")->name, "API_CREDENTIAL");
	CHECK(!category_find("CUSTOM"));
	CHECK(!category_find(""));
}

TEST(category, conceals_the_fields_of_its_template_and_no_others)
{
	CHECK(category_conceals("DATABASE", "password"));
	CHECK(category_conceals("SERVER", "admin_console_password"));
	CHECK(category_conceals("API_CREDENTIAL", "credential"));
	CHECK(!category_conceals("API_CREDENTIAL", "password"));
	CHECK(!category_conceals("SERVER", "console"));
	CHECK(!category_conceals("SERVER", "password admin_console_password"));
	CHECK(!category_conceals("SERVER", ""));
	CHECK(!category_conceals("CUSTOM", "password"));
}
