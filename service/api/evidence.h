/* Evidence as it comes in and as it is answered; in a body of its own or inside an advance. */
#ifndef API_EVIDENCE_H
#define API_EVIDENCE_H

#include <stddef.h>

#include "tandem/api/work.h"
#include "tandem/base/json.h"
#include "tandem/domain/evidence.h"
#include "tandem/store/evidence.h"

extern const struct shape evidence_person_shape, evidence_step_shape;

/* The rows of a field table for a member of type struct evidence. */
#define EVIDENCE_FIELDS(body, member)                                                                        \
    {.name = "type",                                                                                         \
     .kind = FIELD_CHOICE,                                                                                   \
     .offset = offsetof(body, member.type),                                                                  \
     .flags = FIELD_REQUIRED,                                                                                \
     .choices = evidence_types},                                                                             \
        {"statement", FIELD_TEXT, offsetof(body, member.statement), FIELD_LINES, 1, 4000},                   \
        {"link", FIELD_TEXT, offsetof(body, member.link), 0, 1, 2000},                                       \
        {"sha256", FIELD_TEXT, offsetof(body, member.sha256), 0, 1, 64},                                     \
        {.name = "people",                                                                                   \
         .kind = FIELD_OBJECTS,                                                                              \
         .offset = offsetof(body, member.people),                                                            \
         .minimum = 1,                                                                                       \
         .maximum = 50,                                                                                      \
         .shape = &evidence_person_shape},                                                                   \
        {"date", FIELD_DATE, offsetof(body, member.on_date)}, {                                              \
        .name = "steps", .kind = FIELD_OBJECTS, .offset = offsetof(body, member.steps), .minimum = 1,        \
        .maximum = 100, .shape = &evidence_step_shape                                                        \
    }

/* What is stored: every member, null or empty when it was not given. */
const char *evidence_content(struct arena *arena, const struct evidence *evidence);

/* The newest version of a criterion's evidence, as an item (name NULL) or a member. */
void evidence_write(struct json_out *out, const char *name, const struct evidence_row *row);

/* Reads the newest evidence of the path's deal for a criterion, and answers with it and its ETag. */
struct fault *evidence_answer(struct call *call, const char *criterion, int status);

#endif
