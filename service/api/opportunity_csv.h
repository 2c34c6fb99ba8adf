/* A deal as a line of CSV. */
#ifndef TANDEM_SERVICE_API_OPPORTUNITY_CSV_H
#define TANDEM_SERVICE_API_OPPORTUNITY_CSV_H

struct csv_out;
struct json;

void opportunity_csv_header(struct csv_out *out);
/* `deal` is the answer of get_opportunity, as parsed. */
void opportunity_csv_line(struct csv_out *out, const struct json *deal);

#endif
