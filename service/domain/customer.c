/* A customer is known by its registrable domains, else by name and country. */
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/text.h"
#include "tandem/domain/registration.h"

#include <string.h>

static bool contains(const struct customer_keys *keys, const char *domain) {
    for (size_t i = 0; i < keys->domain_count; i++)
        if (!strcmp(keys->domains[i], domain))
            return true;
    return false;
}

static void check_domain(struct arena *arena, const char *typed, size_t index, struct customer_keys *keys,
                         struct field_faults *faults) {
    const char *pointer = arena_format(arena, "/customer/domains/%zu", index);
    const char *domain = text_registrable_domain(arena, typed);
    if (!domain)
        field_fault(faults, pointer, "invalid_domain", "this is no domain that a company can register");
    else if (text_is_free_mail(domain))
        field_fault(faults, pointer, "free_mail_domain",
                    "%s gives mail to everybody: it is not the customer's own", domain);
    else if (!contains(keys, domain))
        keys->domains[keys->domain_count++] = domain;
}

void customer_check(struct arena *arena, const struct customer *customer, struct customer_keys *keys,
                    struct field_faults *faults) {
    *keys = (struct customer_keys){
        .name_key = text_name_key(arena, customer->name ? customer->name : ""),
        .domains = arena_alloc(arena, customer->domains.count * sizeof *keys->domains),
    };
    if (!customer->name)
        field_fault(faults, "/customer/name", "required", "the customer's name is needed");
    else if (!*keys->name_key || text_is_placeholder(customer->name))
        field_fault(faults, "/customer/name", "placeholder", "this is no company's name");
    for (size_t i = 0; i < customer->domains.count; i++)
        if (customer->domains.items[i])
            check_domain(arena, customer->domains.items[i], i, keys, faults);
    if (!customer->domains.count && !customer->country)
        field_fault(faults, "/customer/country", "required",
                    "a customer without a domain needs name and country");
}
