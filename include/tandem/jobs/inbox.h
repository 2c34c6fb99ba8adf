/* One thread that applies what CRMs have said: at once when this service has taken something, and every second what another
 * one has. */
#ifndef TANDEM_JOBS_INBOX_H
#define TANDEM_JOBS_INBOX_H

struct inbox_job;

struct inbox_job *inbox_job_start(const char *database_url, int statement_timeout_ms);
/* Ends after the event that is being applied. */
void inbox_job_stop(struct inbox_job *job);

#endif
