/* Lines are caught in a pipe that stands in for stderr. */
#include "check.h"
#include "tandem/base/arena.h"
#include "tandem/base/json.h"
#include "tandem/base/log.h"
#include "tandem/base/time.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct capture {
    int saved, pipe[2];
    pthread_t reader;
    char *text;
    size_t length;
};

static void *read_all(void *argument) {
    struct capture *capture = argument;
    size_t capacity = 1 << 22;
    capture->text = malloc(capacity);
    ssize_t got;
    while ((got = read(capture->pipe[0], capture->text + capture->length, capacity - capture->length - 1)) >
           0)
        capture->length += (size_t)got;
    capture->text[capture->length] = 0;
    return NULL;
}

static void capture_begin(struct capture *capture) {
    *capture = (struct capture){0};
    assert_int_equal(pipe(capture->pipe), 0);
    capture->saved = dup(STDERR_FILENO);
    dup2(capture->pipe[1], STDERR_FILENO);
    close(capture->pipe[1]);
    assert_int_equal(pthread_create(&capture->reader, NULL, read_all, capture), 0);
}

static void capture_end(struct capture *capture) {
    dup2(capture->saved, STDERR_FILENO);
    close(capture->saved);
    pthread_join(capture->reader, NULL);
    close(capture->pipe[0]);
}

static void a_line_is_one_object(void **state) {
    struct capture capture;
    int64_t number, at;
    capture_begin(&capture);
    LOG(LOG_WARNING, "request \"done\"", LOG_TEXT("path", "/v1/\xff\n"), LOG_NUMBER("status", 503),
        LOG_TEXT("absent", NULL));
    capture_end(&capture);
    assert_int_equal(capture.text[capture.length - 1], '\n');
    const struct json *line = NULL;
    assert_null(json_parse(*state, capture.text, capture.length, &line));
    assert_string_equal(json_string(json_get(line, "level")), "warning");
    assert_string_equal(json_string(json_get(line, "message")), "request \"done\"");
    assert_string_equal(json_string(json_get(line, "path")), "/v1/?\n");
    assert_string_equal(json_string(json_get(line, "absent")), "");
    assert_true(json_integer(json_get(line, "status"), &number) && number == 503);
    assert_true(instant_parse(json_string(json_get(line, "time")), &at) && at > 0);
    assert_ptr_equal(strchr(capture.text, '\n'), capture.text + capture.length - 1);
    free(capture.text);
}

static void lower_levels_are_left_out(void **state) {
    (void)state;
    struct capture capture;
    capture_begin(&capture);
    log_line(LOG_DEBUG, "hidden", NULL, 0);
    log_set_level(LOG_ERROR);
    log_line(LOG_WARNING, "hidden", NULL, 0);
    log_line(LOG_ERROR, "first", NULL, 0);
    log_set_level(LOG_DEBUG);
    log_line(LOG_DEBUG, "second", NULL, 0);
    log_set_level(LOG_INFO);
    capture_end(&capture);
    assert_null(strstr(capture.text, "hidden"));
    const char *one = strstr(capture.text, "first"), *other = strstr(capture.text, "second");
    assert_true(one && other && one < other);
    free(capture.text);
}

enum { THREADS = 4, LINES = 50, WIDTH = 9000 /* more than PIPE_BUF */ };

static void *write_lines(void *argument) {
    char wide[WIDTH + 1];
    memset(wide, *(char *)argument, WIDTH);
    wide[WIDTH] = 0;
    for (int i = 0; i < LINES; i++)
        LOG(LOG_INFO, "wide", LOG_TEXT("text", wide));
    return NULL;
}

static void lines_of_threads_do_not_mix(void **state) {
    struct capture capture;
    pthread_t threads[THREADS];
    char letters[THREADS] = {'a', 'b', 'c', 'd'};
    capture_begin(&capture);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, write_lines, &letters[i]);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    capture_end(&capture);
    int lines = 0;
    for (char *line = capture.text, *end; (end = strchr(line, '\n')); line = end + 1, lines++) {
        const struct json *value = NULL;
        assert_null(json_parse(*state, line, (size_t)(end - line), &value));
        const char *text = json_string(json_get(value, "text"));
        assert_int_equal(strspn(text, (char[]){*text, 0}), WIDTH);
    }
    assert_int_equal(lines, THREADS * LINES);
    free(capture.text);
}

static int set_up(void **state) {
    *state = arena_create();
    return 0;
}

static int tear_down(void **state) {
    arena_destroy(*state);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_line_is_one_object),
                                       cmocka_unit_test(lower_levels_are_left_out),
                                       cmocka_unit_test(lines_of_threads_do_not_mix)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
