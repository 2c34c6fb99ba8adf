/* Webhook endpoints: what their operations must be told at the start. */
#ifndef TANDEM_API_WEBHOOK_H
#define TANDEM_API_WEBHOOK_H

#include <stdbool.h>

/* Endpoints with http are taken too: the setting webhook_private_targets. Once, before requests come. */
void webhook_set_open(bool open);

#endif
