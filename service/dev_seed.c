/* The demonstration tenant's people: everybody whom the tour needs. */
#include "dev.h"

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/time.h"
#include "tandem/store/partner.h"
#include "tandem/store/person.h"
#include "tandem/store/scope.h"
#include "tandem/store/tenant.h"

#define ID(last) "01930000-0000-7000-8000-0000000000" last

const struct dev_person dev_people[] = {
    {ROLE_ADMIN, "ADMIN", NULL, "dev-admin", "Ada Admin", "admin@vendor.example"},
    {ROLE_PARTNER_MANAGER, "PARTNER_MANAGER", ID("01"), "dev-partner-manager", "Petra Manager",
     "petra@vendor.example"},
    {ROLE_AE, "AE", ID("02"), "dev-ae", "Alex Executive", "alex@vendor.example"},
    {ROLE_PARTNERSHIPS_LEADER, "PARTNERSHIPS_LEADER", ID("03"), "dev-partnerships-leader", "Lena Leader",
     "lena@vendor.example"},
    {ROLE_CRO, "CRO", ID("04"), "dev-cro", "Carla Revenue", "carla@vendor.example"},
    {ROLE_CFO, "CFO", ID("05"), "dev-cfo", "Frank Finance", "frank@vendor.example"},
    {ROLE_READER, "READER", ID("06"), "dev-reader", "Dashboard", "dashboard@vendor.example"},
    {ROLE_CRM_SYNC, "CRM_SYNC", ID("07"), "dev-crm-sync", "CRM sync", "crm@vendor.example"},
    {ROLE_PARTNER_REP, "PARTNER_REP", ID("08"), "dev-partner-rep", "Rosa Rep", "rosa@northwind.example"},
    {ROLE_PRM_PORTAL, "PRM_PORTAL", ID("09"), "dev-prm-portal", "Partner portal", "portal@northwind.example"},
};
const unsigned dev_person_count = sizeof dev_people / sizeof dev_people[0];

/* The admin came with the tenant. */
static struct fault *people_insert(struct db *db, struct arena *arena, int32_t tenant_id, unsigned roles,
                                   const int64_t *partner_id, int64_t *last_person) {
    for (unsigned i = 1; i < dev_person_count; i++) {
        const struct dev_person *one = &dev_people[i];
        if (!(ROLE_BIT(one->role) & roles))
            continue;
        const struct person person = {
            .id = one->id,
            .subject = one->subject,
            .name = one->name,
            .email = one->email,
            .roles = ROLE_BIT(one->role),
            .partners = partner_id,
            .partner_count = partner_id ? 1 : 0,
            .active = true,
        };
        TRY(person_insert(db, arena, tenant_id, &person, last_person));
    }
    return NULL;
}

static struct fault *seed_body(struct db *db, struct arena *arena, void *unused) {
    (void)unused;
    const struct scope_request request = {.tenant = DEV_TENANT, .subject = dev_people[0].subject};
    struct scope scope;
    TRY(scope_enter(db, arena, &request, &scope));
    int64_t manager_id, partner_id, ignored;
    const char *partner_id_text = DEV_PARTNER_ID;
    TRY(partner_ids(db, arena, scope.tenant_id, &partner_id_text, 1, &partner_id));
    if (partner_id) /* made by an earlier start, in one transaction with its people */
        return NULL;
    TRY(people_insert(db, arena, scope.tenant_id, ROLE_BIT(ROLE_PARTNER_MANAGER), NULL, &manager_id));
    struct partner partner = {.id = partner_id_text, .name = DEV_PARTNER_NAME, .program_type = PROGRAM_BOTH};
    TRY(partner_insert(db, arena, scope.tenant_id, manager_id, &partner));
    TRY(partner_ids(db, arena, scope.tenant_id, &partner.id, 1, &partner_id));
    TRY(people_insert(db, arena, scope.tenant_id,
                      (ROLES_ALL & ~(unsigned)ROLES_PARTNER_SIDE) & ~ROLE_BIT(ROLE_PARTNER_MANAGER), NULL,
                      &ignored));
    return people_insert(db, arena, scope.tenant_id, ROLES_PARTNER_SIDE, &partner_id, &ignored);
}

/* What is there already stays as it is. */
static struct fault *unless_there(struct fault *fault) {
    return fault && fault->problem == PROBLEM_ALREADY_EXISTS ? NULL : fault;
}

struct fault *dev_seed(struct arena *arena, struct db *owner, struct db *db) {
    const struct tenant_new tenant = {
        .key = DEV_TENANT,
        .name = "Demonstration",
        .currency = "USD",
        .time_zone = "UTC",
        .fiscal_start_month = 1,
        .go_live_at = INSTANT_NONE,
        .admin = {dev_people[0].subject, dev_people[0].name, dev_people[0].email},
    };
    enum db_outcome outcome;
    TRY(unless_there(tenant_create(owner, arena, &tenant)));
    return db_transaction(db, arena, false, seed_body, NULL, &outcome);
}
