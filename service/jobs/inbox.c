/* The thread around crm_apply: it opens its connection, and opens it again when the database was away. */
#include "tandem/jobs/inbox.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "tandem/api/crm.h"
#include "tandem/base/arena.h"
#include "tandem/store/db.h"

enum { LOOK_EVERY_MS = 1000, LOCK_TIMEOUT_MS = 2000 };

struct inbox_job {
    struct db_settings settings;
    struct db *db; /* NULL while the database is away */
    pthread_t thread;
    atomic_bool stopping;
};

static void turn(struct inbox_job *job, struct arena *arena) {
    if (!job->db && db_open(arena, &job->settings, &job->db)) {
        job->db = NULL;
        return;
    }
    if (!crm_apply(job->db, arena)) {
        db_close(job->db);
        job->db = NULL;
    }
}

static void *run(void *context) {
    struct inbox_job *job = context;
    struct arena *arena = arena_create();
    while (!atomic_load(&job->stopping)) {
        turn(job, arena);
        arena_reset(arena);
        if (!atomic_load(&job->stopping))
            crm_await(LOOK_EVERY_MS);
    }
    arena_destroy(arena);
    return NULL;
}

struct inbox_job *inbox_job_start(const char *database_url, int statement_timeout_ms) {
    struct inbox_job *job = calloc(1, sizeof *job);
    assert(job);
    job->settings = (struct db_settings){
        .url = database_url,
        .application_name = "tandem inbox",
        .statement_timeout_ms = statement_timeout_ms,
        .lock_timeout_ms = LOCK_TIMEOUT_MS,
        .prepare = true,
    };
    atomic_init(&job->stopping, false);
    int failed = pthread_create(&job->thread, NULL, run, job);
    assert(!failed);
    (void)failed;
    return job;
}

void inbox_job_stop(struct inbox_job *job) {
    atomic_store(&job->stopping, true);
    crm_ring();
    pthread_join(job->thread, NULL);
    if (job->db)
        db_close(job->db);
    free(job);
}
