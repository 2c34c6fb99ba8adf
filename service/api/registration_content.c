/* What a partner says in a registration: one struct for the first submission and for a changed one, and the hash that
 * tells whether two say the same. */
#include <string.h>

#include "registration_content.h"
#include "tandem/base/arena.h"
#include "tandem/base/bytes.h"
#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

enum { DOMAINS_MAX = 20 };

static const struct field customer_fields[] = {
    {"name", FIELD_TEXT, offsetof(struct customer, name), FIELD_REQUIRED, 1, 200},
    {"domains", FIELD_TEXTS, offsetof(struct customer, domains), 0, 0, DOMAINS_MAX},
    {"country", FIELD_COUNTRY, offsetof(struct customer, country)},
};

const struct shape customer_shape = {customer_fields, COUNT(customer_fields), sizeof(struct customer),
                                     SHAPE_NO_PRESENCE};

/* -- as text: equal contents are equal texts, however the JSON was written -- */

static void write_contact(struct json_out *out, const char *member, const struct contact *contact) {
    json_object(out, member);
    json_add_text(out, "name", contact->name);
    json_add_text(out, "email", contact->email);
    json_object_end(out);
}

static void write_customer(struct json_out *out, const struct customer *customer) {
    json_add_text(out, "customer", customer->name);
    json_array(out, "domains");
    for (size_t i = 0; i < customer->domains.count; i++)
        json_add_text(out, NULL, customer->domains.items[i]);
    json_array_end(out);
    json_add_text(out, "country", customer->country);
}

static void write_field(struct json_out *out, const struct registration_content *content, int field) {
    switch (field) {
    case REGISTRATION_FIELD_CUSTOMER: write_customer(out, &content->customer); break;
    case REGISTRATION_FIELD_PRODUCT_FAMILY:
        json_add_text(out, "product_family", content->product_family);
        break;
    case REGISTRATION_FIELD_CONTACT: write_contact(out, "contact", &content->contact); break;
    case REGISTRATION_FIELD_NEED: json_add_text(out, "need", content->need); break;
    case REGISTRATION_FIELD_AMOUNT: json_add_money(out, "amount", &content->amount); break;
    case REGISTRATION_FIELD_CLOSE_DATE: json_add_date(out, "close_date", content->close_date); break;
    case REGISTRATION_FIELD_PARTNER_REP: write_contact(out, "partner_rep", &content->partner_rep); break;
    }
}

static const char *field_text(struct arena *arena, const struct registration_content *content, int field) {
    struct json_out out = {.arena = arena};
    json_object(&out, NULL);
    write_field(&out, content, field);
    json_object_end(&out);
    return json_out_text(&out);
}

const char *content_text(struct arena *arena, const struct registration_content *content,
                         const struct contact *acting_for) {
    struct json_out out = {.arena = arena};
    json_object(&out, NULL);
    write_contact(&out, "acting_for", acting_for);
    for (int field = REGISTRATION_FIELD_CUSTOMER; field < REGISTRATION_FIELD_COUNT; field++)
        write_field(&out, content, field);
    json_object_end(&out);
    return json_out_text(&out);
}

const char *content_hash(struct arena *arena, const struct registration_content *content,
                         const struct contact *acting_for) {
    const char *text = content_text(arena, content, acting_for);
    return sha256_text(arena, text, strlen(text));
}

unsigned content_changes(struct arena *arena, const struct registration_content *before,
                         const struct registration_content *after) {
    unsigned changed = 0;
    for (int field = REGISTRATION_FIELD_CUSTOMER; field < REGISTRATION_FIELD_COUNT; field++)
        if (strcmp(field_text(arena, before, field), field_text(arena, after, field)) != 0)
            changed |= 1u << field;
    return changed;
}

/* -- to and from the row -- */

void content_store(const struct registration_content *content, struct registration *registration) {
    registration->product_family = content->product_family;
    registration->customer_name = content->customer.name;
    registration->customer_country = content->customer.country;
    registration->contact_name = content->contact.name;
    registration->contact_email = content->contact.email;
    registration->need = content->need;
    registration->amount = content->amount;
    registration->close_date = content->close_date;
    registration->partner_rep_name = content->partner_rep.name;
    registration->partner_rep_email = content->partner_rep.email;
}

struct fault *content_stored(struct arena *arena, const struct registration *registration,
                             struct registration_content *content) {
    const struct json *domains;
    TRY(json_parse(arena, registration->customer_domains, strlen(registration->customer_domains), &domains));
    *content = (struct registration_content){
        .customer = {.name = registration->customer_name, .country = registration->customer_country},
        .product_family = registration->product_family,
        .contact = {registration->contact_name, registration->contact_email},
        .need = registration->need,
        .amount = registration->amount,
        .close_date = registration->close_date,
        .partner_rep = {registration->partner_rep_name, registration->partner_rep_email},
    };
    struct text_list *list = &content->customer.domains;
    list->items = arena_alloc(arena, json_length(domains) * sizeof *list->items);
    for (const struct json *item = json_first(domains); item; item = json_next(item))
        list->items[list->count++] = json_string(item);
    return NULL;
}

struct fault *acting_for_stored(struct arena *arena, const struct registration *registration,
                                struct contact *acting_for) {
    const struct json *stored;
    *acting_for = (struct contact){0};
    if (!registration->acting_for)
        return NULL;
    TRY(json_parse(arena, registration->acting_for, strlen(registration->acting_for), &stored));
    acting_for->name = json_string(json_get(stored, "name"));
    acting_for->email = json_string(json_get(stored, "email"));
    return NULL;
}
