/* Who is behind a portal, said in the body of what the portal does. */
#ifndef TANDEM_API_ACTING_INSIDE_H
#define TANDEM_API_ACTING_INSIDE_H

#include "tandem/api/work.h"
#include "tandem/base/json.h"

struct contact {
    const char *name, *email;
};

extern const struct shape contact_shape;

/* A row of an operation's field table; `member` is a struct contact. */
#define ACTING_FOR_FIELD(type, member)                                                                       \
    { .name = "acting_for", .kind = FIELD_OBJECT, .offset = offsetof(type, member), .shape = &contact_shape }

/* {"name","email"}, or NULL for nobody. */
const char *acting_for_json(struct arena *arena, const struct contact *acting_for);

/* Every event of this transaction names them from now on. INVALID_FIELDS (/acting_for) from anybody but a portal. */
struct fault *acting_for_record(struct call *call, const struct contact *acting_for);

#endif
