/* A source's maps between the request, the row and the rules. */
#ifndef TANDEM_SERVICE_API_CRM_MAPS_H
#define TANDEM_SERVICE_API_CRM_MAPS_H

#include "tandem/domain/crm_source.h"
#include "tandem/store/crm_source.h"

struct fault;

extern const struct shape crm_field_shape, crm_stage_shape, crm_category_shape, crm_partner_shape;

/* As the row keeps them: JSON in the request's own form; object_types as a text[] literal. */
void crm_maps_store(struct arena *arena, const struct crm_source_maps *maps, struct crm_source_row *row);
/* Out of a row that was read. */
struct fault *crm_maps_load(struct arena *arena, const struct crm_source_row *row,
                            struct crm_source_maps *maps);

#endif
