/* Keys and the message that makes a first minute with the service easy. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dev.h"
#include "tandem/base/arena.h"
#include "tandem/base/bytes.h"
#include "tandem/base/jws.h"
#include "tandem/http/token.h"

enum { SECRET_SIZE = 48, TOKEN_LIFETIME_S = 30 * 86400 };

static bool file_write(const char *path, const char *text, size_t length) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool good = file >= 0 && write(file, text, length) == (ssize_t)length;
    if (file >= 0 && close(file) != 0)
        good = false;
    if (!good)
        fprintf(stderr, "tandem: cannot write %s: %s\n", path, strerror(errno));
    return good;
}

const char *dev_keys(struct arena *arena, const char *directory) {
    static const char key_file[] =
        "{\"issuer\": \"tandem-dev\", \"audience\": \"tandem\", \"leeway_s\": 60,\n"
        " \"claims\": {\"roles\": \"roles\", \"tenant\": \"tenant\", \"partner\": \"partner\"},\n"
        " \"keys\": [{\"kid\": \"dev\", \"alg\": \"HS256\", \"secret_file\": \"jwt.secret\", \"typ\": "
        "[\"JWT\"]}]}\n";
    const char *path = arena_format(arena, "%s/jwt.json", directory);
    if (access(path, F_OK) == 0)
        return path;
    uint8_t secret[SECRET_SIZE];
    random_bytes(secret, sizeof secret);
    const char *text = base64url_encode(arena, secret, sizeof secret);
    bool good = file_write(arena_format(arena, "%s/jwt.secret", directory), text, strlen(text)) &&
                file_write(path, key_file, strlen(key_file));
    return good ? path : NULL;
}

const char *dev_signing_key(struct arena *arena, const char *directory) {
    const char *path = arena_format(arena, "%s/signing.pem", directory);
    return jws_make_key(path) ? path : NULL;
}

static const char *mint(struct arena *arena, const struct token_keys *keys, const struct dev_person *person) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const struct token_grant grant = {
        .subject = person->subject,
        .tenant = DEV_TENANT,
        .roles = ROLE_BIT(person->role),
        .issued_at = (int64_t)now.tv_sec * 1000000,
        .lifetime_s = TOKEN_LIFETIME_S,
    };
    const char *reason = NULL;
    const char *token = token_mint(keys, arena, &grant, &reason);
    if (!token)
        fprintf(stderr, "tandem: cannot mint a token: %s\n", reason);
    return token;
}

bool dev_announce(struct arena *arena, const char *directory, const char *keys_file, uint16_t port) {
    const char *errors = NULL;
    struct token_keys *keys = token_keys_load(arena, keys_file, &errors);
    if (!keys) {
        fprintf(stderr, "%s: %s\n", keys_file, errors);
        return false;
    }
    const char *env =
        arena_format(arena, "TANDEM_URL=http://127.0.0.1:%u\nTANDEM_PARTNER=%s\n", port, DEV_PARTNER_ID);
    for (unsigned i = 0; i < dev_person_count; i++) {
        const char *token = mint(arena, keys, &dev_people[i]);
        if (!token)
            break;
        if (dev_people[i].id)
            env =
                arena_format(arena, "%sTANDEM_PERSON_%s=%s\n", env, dev_people[i].variable, dev_people[i].id);
        env = arena_format(arena, "%sTANDEM_TOKEN_%s=%s\n", env, dev_people[i].variable, token);
    }
    token_keys_destroy(keys);
    const char *path = arena_format(arena, "%s/dev.env", directory);
    if (!file_write(path, env, strlen(env)))
        return false;
    printf("%s\nFor development only: loopback, tokens for everybody, a clock that requests may move.\n"
           "The lines above are in %s; try:\n\n"
           "  . %s && curl -sS -H \"Authorization: Bearer $TANDEM_TOKEN_CRO\" "
           "\"$TANDEM_URL/v1/opportunities\"\n\n",
           env, path, path);
    fflush(stdout);
    return true;
}
