#include "opc/itemtemplate.h"

#include "base/mem.h"
#include "base/near.h"
#include "opc/itembody.h"

const struct item_template item_templates[] = {
	{"001", "Login", "username:STRING password:CONCEALED"},
	{"002", "Credit Card",
	 "cardholder:STRING type:CREDIT_CARD_TYPE ccnum:CREDIT_CARD_NUMBER cvv:CONCEALED expiry:MONTH_YEAR "
	 "validFrom:MONTH_YEAR"},
	{"003", "Secure Note", ""},
	{"004", "Identity",
	 "firstname:STRING initial:STRING lastname:STRING gender:MENU birthdate:DATE occupation:STRING "
	 "company:STRING department:STRING jobtitle:STRING address:ADDRESS defphone:PHONE homephone:PHONE "
	 "cellphone:PHONE busphone:PHONE username:STRING website:STRING email:STRING"},
	{"005", "Password", "password:CONCEALED"},
	{"006", "Document", ""},
	{"100", "Software License",
	 "product_version:STRING reg_code:STRING reg_name:STRING reg_email:EMAIL company:STRING "
	 "download_link:URL publisher_name:STRING publisher_website:URL retail_price:STRING "
	 "support_email:EMAIL order_date:DATE order_number:STRING order_total:STRING"},
	{"101", "Bank Account",
	 "bankName:STRING owner:STRING accountType:MENU routingNo:STRING accountNo:STRING swift:STRING "
	 "iban:STRING telephonePin:CONCEALED branchPhone:PHONE branchAddress:STRING"},
	{"102", "Database",
	 "database_type:MENU hostname:STRING port:STRING database:STRING username:STRING password:CONCEALED "
	 "sid:STRING alias:STRING options:STRING"},
	{"103", "Driver License",
	 "fullname:STRING address:STRING birthdate:DATE sex:MENU height:STRING number:STRING class:STRING "
	 "conditions:STRING state:STRING country:STRING expiry_date:MONTH_YEAR"},
	{"104", "Outdoor License",
	 "name:STRING valid_from:DATE expires:DATE game:STRING quota:STRING state:STRING country:STRING"},
	{"105", "Membership",
	 "org_name:STRING website:URL phone:PHONE member_name:STRING member_since:MONTH_YEAR "
	 "expiry_date:MONTH_YEAR membership_no:STRING pin:CONCEALED"},
	{"106", "Passport",
	 "type:STRING issuing_country:STRING number:STRING fullname:STRING sex:MENU nationality:STRING "
	 "issuing_authority:STRING birthdate:DATE birthplace:STRING issue_date:DATE expiry_date:DATE"},
	{"107", "Reward Program",
	 "company_name:STRING member_name:STRING membership_no:STRING pin:CONCEALED "
	 "customer_service_phone:PHONE reservations_phone:PHONE website:URL"},
	{"108", "Social Security Number", "name:STRING number:CONCEALED"},
	{"109", "Wireless Router",
	 "name:STRING password:CONCEALED server:STRING airport_id:STRING network_name:STRING "
	 "wireless_security:MENU wireless_password:CONCEALED disk_password:CONCEALED"},
	{"110", "Server",
	 "url:STRING username:STRING password:CONCEALED admin_console_url:STRING "
	 "admin_console_username:STRING admin_console_password:CONCEALED support_contact_url:STRING "
	 "support_contact_phone:PHONE"},
	{"111", "Email Account",
	 "pop_type:MENU pop_username:STRING pop_server:STRING pop_port:STRING pop_password:CONCEALED "
	 "pop_security:MENU smtp_server:STRING smtp_port:STRING smtp_username:STRING smtp_password:CONCEALED "
	 "smtp_security:MENU provider:STRING provider_website:STRING"},
	{"112", "API Credential",
	 "username:STRING credential:CONCEALED type:MENU filename:STRING validFrom:DATE expires:DATE "
	 "hostname:STRING"},
	{"113", "Medical Record",
	 "date:DATE location:STRING healthcareprofessional:STRING patient:STRING reason:STRING "
	 "medication:STRING dosage:STRING"},
	{"114", "SSH Key", "private_key:SSHKEY"},
};
const size_t n_item_templates = ARRAY_LEN(item_templates);

const struct item_template *item_template_find(const char *name)
{
	CLEANUP(mem_freep) char *wanted = itembody_category(name);

	for (size_t i = 0; i < n_item_templates; i++) {
		CLEANUP(mem_freep) char *category = itembody_category(item_templates[i].name);

		if (streq(category, wanted))
			return &item_templates[i];
	}
	return NULL;
}

const char *item_template_nearest(const char *name)
{
	size_t nearest = 0, closest = SIZE_MAX;

	for (size_t i = 0; i < n_item_templates; i++) {
		const size_t distance = near_distance(item_templates[i].name, name);

		nearest = distance < closest ? i : nearest;
		closest = distance < closest ? distance : closest;
	}
	return item_templates[nearest].name;
}

/* "account_no" is called "account no" on screens. Caller frees. */
static char *label_of(const char *id)
{
	char *label = mem_strdup(id);

	for (char *c = label; *c; c++)
		*c = (char)(*c == '_' ? ' ' : *c);
	return label;
}

static const char *purpose_of(const char *category, const char *id)
{
	const bool login = streq(category, "LOGIN");

	if (login && streq(id, "username"))
		return "USERNAME";
	return streq(id, "password") && (login || streq(category, "PASSWORD")) ? "PASSWORD" : NULL;
}

static void write_field(struct jsonw *w, const char *id, const char *type, const char *purpose)
{
	CLEANUP(mem_freep) char *label = label_of(id);

	jsonw_object(w);
	jsonw_kstr(w, "id", id);
	jsonw_kstr(w, "type", type);
	if (purpose)
		jsonw_kstr(w, "purpose", purpose);
	jsonw_kstr(w, "label", label);
	jsonw_kstr(w, "value", "");
	jsonw_end_object(w);
}

void item_template_write(const struct item_template *t, struct jsonw *w)
{
	CLEANUP(mem_freep) char *category = itembody_category(t->name);
	CLEANUP(strv_release) struct strv fields = {0};

	jsonw_object(w);
	jsonw_kstr(w, "title", "");
	jsonw_kstr(w, "category", category);
	jsonw_karray(w, "fields");
	if (!str_empty(t->fields))
		strv_split(&fields, t->fields, ' ');
	for (size_t i = 0; i < fields.n; i++) {
		CLEANUP(strv_release) struct strv parts = {0};

		strv_split(&parts, fields.v[i], ':');
		write_field(w, parts.v[0], parts.v[1], purpose_of(category, parts.v[0]));
	}
	write_field(w, "notesPlain", "STRING", "NOTES");
	jsonw_end_array(w);
	jsonw_end_object(w);
}
