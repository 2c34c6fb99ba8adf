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

static void check_domain(const char *typed, const char *pointer, struct arena *arena,
                         struct customer_keys *keys, struct field_faults *faults) {
    const char *domain = text_registrable_domain(arena, typed);
    if (!domain)
        field_fault(faults, pointer, "invalid_domain", "this is no domain that a company can register");
    else if (text_is_free_mail(domain))
        field_fault(faults, pointer, "free_mail_domain",
                    "%s gives mail to everybody: it is not the customer's own", domain);
    else if (!contains(keys, domain))
        keys->domains[keys->domain_count++] = domain;
}

void customer_domains_check(struct arena *arena, const struct customer *customer, const char *member,
                            struct customer_keys *keys, struct field_faults *faults) {
    keys->domains = arena_alloc(arena, customer->domains.count * sizeof *keys->domains);
    keys->domain_count = 0;
    for (size_t i = 0; i < customer->domains.count; i++)
        if (customer->domains.items[i])
            check_domain(customer->domains.items[i], arena_format(arena, "%s/domains/%zu", member, i), arena,
                         keys, faults);
}

void customer_check(struct arena *arena, const struct customer *customer, const char *member,
                    struct customer_keys *keys, struct field_faults *faults) {
    const char *name = arena_format(arena, "%s/name", member);
    keys->name_key = text_name_key(arena, customer->name ? customer->name : "");
    if (!customer->name)
        field_fault(faults, name, "required", "the customer's name is needed");
    else if (!*keys->name_key || text_is_placeholder(customer->name))
        field_fault(faults, name, "placeholder", "this is no company's name");
    customer_domains_check(arena, customer, member, keys, faults);
    if (!customer->domains.count && !customer->country)
        field_fault(faults, arena_format(arena, "%s/country", member), "required",
                    "a customer without a domain needs name and country");
}
