/* Tables are short, so both directions are a walk. */
#include "tandem/base/choice.h"

#include <stddef.h>
#include <string.h>

const char *choice_name(const struct choice *choices, int code) {
    for (; choices->name; choices++)
        if (choices->code == code)
            return choices->name;
    return NULL;
}

bool choice_code(const struct choice *choices, const char *name, int *code) {
    for (; choices->name; choices++)
        if (!strcmp(choices->name, name)) {
            *code = choices->code;
            return true;
        }
    return false;
}
