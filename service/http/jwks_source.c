/* Where the issuer's keys come from: a file, or an https address. Who answers there decides who may call us, so the
 * address is never left: TLS verified, no redirect, nothing but 200, and no more bytes than a key set can need. */
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "tandem/base/arena.h"

#include "jwks.h"

enum { CONNECT_MS = 5000, FETCH_MS = 10000 };

struct download {
    char *bytes; /* of JWKS_SIZE_MAX + 1 */
    size_t length;
    bool too_long;
};

static size_t take_bytes(char *bytes, size_t size, size_t count, void *context) {
    struct download *download = context;
    size_t length = size * count;
    if (length > JWKS_SIZE_MAX - download->length) {
        download->too_long = true;
        return 0;
    }
    memcpy(download->bytes + download->length, bytes, length);
    download->length += length;
    return length;
}

static int ask_stop(void *context, curl_off_t expected, curl_off_t received, curl_off_t sending,
                    curl_off_t sent) {
    (void)expected, (void)received, (void)sending, (void)sent;
    return atomic_load((const atomic_bool *)context);
}

/* libcurl keeps none of the texts' owners; the list of headers must live until the end of the call. */
static void describe(CURL *curl, const struct jwks_settings *settings, const struct curl_slist *headers,
                     const atomic_bool *stop, struct download *download, char *error) {
    curl_easy_setopt(curl, CURLOPT_URL, settings->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (settings->ca_file) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, settings->ca_file);
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL); /* these authorities and no others */
    }
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)FETCH_MS);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "tandem/" TANDEM_VERSION);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, download);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, ask_stop);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, stop);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
}

static const char *fetch(struct arena *arena, const struct jwks_settings *settings, const atomic_bool *stop,
                         struct download *download) {
    char error[CURL_ERROR_SIZE] = "";
    long status = 0;
    CURL *curl = curl_easy_init();
    struct curl_slist *headers =
        curl_slist_append(NULL, "Accept: application/jwk-set+json, application/json;q=0.9");
    CURLcode code = CURLE_OUT_OF_MEMORY;
    if (curl && headers) {
        describe(curl, settings, headers, stop, download, error);
        code = curl_easy_perform(curl);
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    if (download->too_long)
        return "the answer is longer than 262,144 bytes";
    if (code != CURLE_OK)
        return arena_text(arena, *error ? error : curl_easy_strerror(code));
    return status == 200 ? NULL : arena_format(arena, "the answer's status is %ld and not 200", status);
}

static const char *read_file(const struct jwks_settings *settings, struct download *download) {
    FILE *file = fopen(settings->file, "rbe");
    if (!file)
        return "the file could not be opened";
    download->length = fread(download->bytes, 1, JWKS_SIZE_MAX + 1, file);
    bool failed = ferror(file);
    fclose(file);
    return failed                             ? "the file could not be read"
           : download->length > JWKS_SIZE_MAX ? "the file is longer than 262,144 bytes"
                                              : NULL;
}

char *jwks_read(struct arena *arena, const struct jwks_settings *settings, const atomic_bool *stop,
                size_t *length, const char **reason) {
    struct download download = {.bytes = arena_alloc(arena, JWKS_SIZE_MAX + 1)};
    *reason = settings->file ? read_file(settings, &download) : fetch(arena, settings, stop, &download);
    *length = download.length;
    return *reason ? NULL : download.bytes;
}

const char *jwks_url_unfit(const char *url) {
    CURLU *parts = curl_url();
    char *scheme = NULL, *user = NULL;
    const char *unfit = NULL;
    if (curl_url_set(parts, CURLUPART_URL, url, 0) != CURLUE_OK ||
        curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK)
        unfit = "is no address";
    else if (strcmp(scheme, "https") != 0)
        unfit = "must begin with https://";
    else if (curl_url_get(parts, CURLUPART_USER, &user, 0) == CURLUE_OK)
        unfit = "must not hold a user's name";
    curl_free(scheme);
    curl_free(user);
    curl_url_cleanup(parts);
    return unfit;
}
