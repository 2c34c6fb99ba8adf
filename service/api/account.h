/* What the operations on an account have in common. */
#ifndef TANDEM_SERVICE_API_ACCOUNT_H
#define TANDEM_SERVICE_API_ACCOUNT_H

#include "tandem/api/work.h"
#include "tandem/store/account.h"

enum { ACCOUNT_NAME_MAX = 200 }; /* characters */

/* 200 with the account and its ETag. */
void account_reply(struct request *request, const struct account_shown *account);

#endif
