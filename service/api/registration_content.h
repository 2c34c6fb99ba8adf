/* What the partner says in a registration, as the two operations that take it share it. */
#ifndef TANDEM_API_REGISTRATION_CONTENT_INSIDE_H
#define TANDEM_API_REGISTRATION_CONTENT_INSIDE_H

#include "acting.h"
#include "tandem/base/json.h"
#include "tandem/base/money.h"
#include "tandem/domain/registration_change.h"
#include "tandem/store/registration.h"

/* The members that a reviewer may ask to change, one for each enum registration_field. */
struct registration_content {
    struct customer customer;
    const char *product_family;
    struct contact contact;
    const char *need;
    struct money amount; /* may be absent */
    int32_t close_date;
    struct contact partner_rep;
};

extern const struct shape customer_shape;

/* As JSON: equal contents are equal texts. */
const char *content_text(struct arena *arena, const struct registration_content *content,
                         const struct contact *acting_for);
/* SHA-256 of that text in hex. */
const char *content_hash(struct arena *arena, const struct registration_content *content,
                         const struct contact *acting_for);
/* The fields that differ, as bits of enum registration_field. */
unsigned content_changes(struct arena *arena, const struct registration_content *before,
                         const struct registration_content *after);

/* Into the row; the domains travel in struct submission. */
void content_store(const struct registration_content *content, struct registration *registration);
struct fault *content_stored(struct arena *arena, const struct registration *registration,
                             struct registration_content *content);
struct fault *acting_for_stored(struct arena *arena, const struct registration *registration,
                                struct contact *acting_for);

#endif
