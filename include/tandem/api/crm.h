/* What the command line tells the CRM receivers at start. */
#ifndef TANDEM_API_CRM_H
#define TANDEM_API_CRM_H

/* Where secrets of CRM sources stand: DIRECTORY/<tenant key>/<name>, one secret a file. NULL: nowhere, so that no source
 * can be put and nothing is taken from a CRM. Once at start; must outlive the service. */
void crm_secrets_set_directory(const char *directory);

#endif
