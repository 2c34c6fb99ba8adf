/* A partner's view as it comes in, in a body of its own or inside an advance, and as it is answered. */
#ifndef API_PARTNER_VIEW_H
#define API_PARTNER_VIEW_H

#include "tandem/api/work.h"
#include "tandem/base/json.h"
#include "tandem/store/opportunity.h"

/* What the partner expects: the whole of it, so that a member that is left out is none. */
struct partner_view_body {
    struct presence presence;
    struct partner_view view;
};
extern const struct shape partner_view_shape;

/* `required` at `pointer` unless a member is given; null is one, and takes back what was said. */
void partner_view_body_check(const struct partner_view_body *body, const char *pointer,
                             struct field_faults *faults);

/* As a member of the claim, or the answer itself (name NULL); null when it was never stated. */
void partner_view_write(struct json_out *out, const char *name, const struct partner_view_row *view);

#endif
