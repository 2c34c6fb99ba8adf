/* A job begins at once or is refused, because nobody can say when the one before it ends. Only who has sent a long body
 * already waits: those are few, as their bodies are. */
#include "bulk.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tandem/api/work.h"
#include "tandem/base/arena.h"
#include "tandem/base/clock.h"
#include "tandem/base/fault.h"
#include "tandem/base/log.h"
#include "tandem/base/metrics.h"
#include "tandem/store/db.h"

enum { LOCK_TIMEOUT_MS = 10000, RETRY_S = 10 };

struct thread {
    pthread_t thread;
    struct db *db;        /* NULL until it was needed */
    struct bulk_job *job; /* NULL: free */
};

static struct {
    struct bulk_settings settings;
    pthread_mutex_t mutex;
    pthread_cond_t given;
    bool stopping;
    struct thread threads[BULK_THREADS_MAX];
    struct bulk_job *waiting; /* the earliest first */
    struct gauge *running;
    struct counter *broken;
} pool = {.mutex = PTHREAD_MUTEX_INITIALIZER, .given = PTHREAD_COND_INITIALIZER};

/* -- jobs -- */

bool bulk_job_late(const struct bulk_job *job) {
    return monotonic_us() >= job->until;
}

void *bulk_job_create(const struct request *request, size_t size,
                      struct fault *(*run)(struct bulk_job *job, struct db *db, struct arena *arena)) {
    struct arena *arena = arena_create();
    struct bulk_job *job = arena_alloc(arena, size);
    *job = (struct bulk_job){
        .arena = arena,
        .stream = stream_create(STREAM_WHOLE),
        .scope = work_scope_kept(arena, request),
        .until = monotonic_us() + pool.settings.limit_us,
        .run = run,
    };
    return job;
}

static void job_end(struct bulk_job *job) {
    if (job->end)
        job->end(job);
    stream_leave(job->stream);
    arena_destroy(job->arena);
}

void bulk_job_drop(struct bulk_job *job) {
    stream_leave(job->stream); /* the share of a reply that there will not be */
    job_end(job);
}

/* -- threads -- */

static struct fault *database_there(struct thread *self, struct arena *arena) {
    const struct db_settings settings = {
        .url = pool.settings.database_url,
        .application_name = arena_format(arena, "tandem bulk %td", self - pool.threads),
        .statement_timeout_ms = pool.settings.statement_timeout_ms,
        .lock_timeout_ms = LOCK_TIMEOUT_MS,
        .prepare = true,
    };
    return self->db ? NULL : db_open(arena, &settings, &self->db);
}

/* Whole? */
static bool job_run(struct thread *self, struct bulk_job *job) {
    struct arena *arena = arena_create();
    const struct fault *fault = database_there(self, arena);
    if (!fault)
        fault = job->run(job, self->db, arena);
    if (fault) {
        counter_add(pool.broken, 1);
        LOG(LOG_WARNING, "bulk work was broken off", LOG_TEXT("tenant", job->scope.tenant),
            LOG_TEXT("subject", job->scope.subject), LOG_TEXT("detail", fault->detail),
            LOG_TEXT("cause", fault->cause));
    }
    arena_destroy(arena);
    return !fault;
}

/* With the mutex held. */
static struct thread *thread_free(const struct bulk_job *job) {
    struct thread *found = NULL;
    unsigned own = 0;
    for (unsigned i = 0; i < pool.settings.threads; i++) {
        struct thread *thread = &pool.threads[i];
        if (!thread->job)
            found = thread;
        else
            own += strcmp(thread->job->scope.tenant, job->scope.tenant) == 0;
    }
    unsigned share = pool.settings.threads > 1 ? pool.settings.threads - 1 : 1;
    return own < share && !pool.stopping ? found : NULL;
}

static bool job_begin(struct bulk_job *job) {
    struct thread *thread = thread_free(job);
    if (!thread)
        return false;
    thread->job = job;
    gauge_add(pool.running, 1);
    pthread_cond_broadcast(&pool.given);
    return true;
}

static void waiting_begin(void) {
    for (struct bulk_job **at = &pool.waiting; *at;) {
        struct bulk_job *job = *at, *next = job->next;
        bool over = stream_over(job->stream) || pool.stopping;
        if (!over && !job_begin(job)) {
            at = &job->next;
            continue;
        }
        *at = next;
        if (over)
            job_end(job);
    }
}

static void *thread_run(void *context) {
    struct thread *self = context;
    pthread_mutex_lock(&pool.mutex);
    for (;;) {
        while (!self->job && !pool.stopping)
            pthread_cond_wait(&pool.given, &pool.mutex);
        struct bulk_job *job = self->job;
        if (!job)
            break;
        pthread_mutex_unlock(&pool.mutex);
        bool whole = job_run(self, job);
        pthread_mutex_lock(&pool.mutex);
        self->job = NULL; /* before the reader sees the end: who comes back at once finds the place free */
        gauge_add(pool.running, -1);
        waiting_begin();
        if (whole)
            stream_end(job->stream);
        job_end(job);
    }
    pthread_mutex_unlock(&pool.mutex);
    db_close(self->db);
    return NULL;
}

static bool job_give(struct bulk_job *job) {
    pthread_mutex_lock(&pool.mutex);
    bool given = job_begin(job);
    if (!given && job->waits && !pool.stopping) {
        struct bulk_job **last = &pool.waiting;
        while (*last)
            last = &(*last)->next;
        *last = job;
        given = true;
    }
    pthread_mutex_unlock(&pool.mutex);
    return given;
}

struct fault *bulk_answer(struct request *request, struct bulk_job *job, const char *content_type) {
    struct stream *stream = job->stream;
    if (job_give(job)) {
        request->reply = (struct reply){.status = 200, .content_type = content_type, .stream = stream};
        reply_header_add(request, "X-Accel-Buffering", "no");
        return NULL;
    }
    bulk_job_drop(job);
    struct fault *fault = fault_make(request->arena, PROBLEM_OVERLOADED,
                                     "As many exports and imports run as the service takes at once");
    fault->retry_after_s = RETRY_S;
    return fault;
}

void bulk_start(const struct bulk_settings *settings) {
    assert(settings->threads >= 1 && settings->threads <= BULK_THREADS_MAX);
    pool.settings = *settings;
    pool.stopping = false;
    pool.running = gauge_register("tandem_bulk_running", "", "Exports and imports that run");
    pool.broken =
        counter_register("tandem_bulk_broken_total", "", "Exports and imports that were broken off");
    for (unsigned i = 0; i < settings->threads; i++) {
        pool.threads[i] = (struct thread){0};
        int failed = pthread_create(&pool.threads[i].thread, NULL, thread_run, &pool.threads[i]);
        assert(!failed);
        (void)failed;
    }
}

void bulk_stop(void) {
    pthread_mutex_lock(&pool.mutex);
    pool.stopping = true;
    waiting_begin();
    pthread_cond_broadcast(&pool.given);
    pthread_mutex_unlock(&pool.mutex);
    for (unsigned i = 0; i < pool.settings.threads; i++)
        pthread_join(pool.threads[i].thread, NULL);
}
