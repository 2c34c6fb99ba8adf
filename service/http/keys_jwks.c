/* Where the issuer publishes its keys, as the key file says it. */
#include <unistd.h>

#include "tandem/base/arena.h"
#include "tandem/base/json.h"
#include "tandem/http/token.h"

#include "jwks.h"
#include "keys_load.h"

enum { REFRESH_DEFAULT_S = 300, REFRESH_MAX_S = 86400 };

static void load_algorithms(struct loading *loading, const struct json *root,
                            struct jwks_settings *settings) {
    const struct json *list = json_get(root, "algorithms");
    for (size_t i = 0; i < json_length(list); i++) {
        const char *name = json_string(json_item(list, i));
        enum key_algorithm algorithm = name ? algorithm_code(name) : ALGORITHM_COUNT;
        if (algorithm == ALGORITHM_COUNT || algorithm == ALGORITHM_HS256)
            keys_complain(loading, "algorithms takes RS256, PS256, ES256 and EdDSA");
        else
            settings->algorithms |= ALGORITHM_BIT(algorithm);
    }
    if (settings->algorithms == 0)
        keys_complain(loading, "algorithms must list what the keys of the JWKS may sign with");
}

static const char *optional_file(struct loading *loading, const struct json *root, const char *name) {
    const char *text = keys_optional_text(loading, root, name);
    return text ? arena_text(loading->keys->arena, keys_sibling(loading, text)) : NULL;
}

/* A file is read now and a mistake in it said; an address is asked later, because the issuer may be down. */
void keys_load_jwks(struct loading *loading, const struct json *root) {
    struct token_keys *keys = loading->keys;
    struct jwks_settings settings = {.file = optional_file(loading, root, "jwks_file"),
                                     .url = keys_optional_text(loading, root, "jwks_url"),
                                     .ca_file = optional_file(loading, root, "jwks_ca_file")};
    if (!settings.file && !settings.url)
        return;
    if (settings.file && settings.url)
        keys_complain(loading, "jwks_file and jwks_url exclude each other");
    const char *unfit = settings.url ? jwks_url_unfit(settings.url) : NULL;
    if (unfit)
        keys_complain(loading, "jwks_url %s", unfit);
    if (settings.ca_file && access(settings.ca_file, R_OK) != 0)
        keys_complain(loading, "%s could not be read", settings.ca_file);
    int64_t refresh_s = REFRESH_DEFAULT_S;
    const struct json *refresh = json_get(root, "refresh_s");
    if (refresh && (!json_integer(refresh, &refresh_s) || refresh_s < 1 || refresh_s > REFRESH_MAX_S))
        keys_complain(loading, "refresh_s must be 1 to %d", REFRESH_MAX_S);
    settings.refresh_s = (unsigned)refresh_s;
    settings.types = keys_types(loading, root, "", false);
    load_algorithms(loading, root, &settings);
    if (loading->errors)
        return;
    keys->jwks_algorithms = settings.algorithms;
    keys->jwks = jwks_create(&settings);
    const char *reason = NULL;
    if (settings.file && !token_keys_fetch(keys, loading->arena, &reason))
        keys_complain(loading, "%s: %s", settings.file, reason);
}
