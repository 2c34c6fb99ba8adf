/* What a stage model must be before a tenant's deals may stand in it. Whatever is wrong is told at once: a model is
 * written as a whole. */
#include "tandem/domain/stage.h"

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/text.h"

#include <string.h>

enum {
    STAGES_USUAL_MIN = 4,
    STAGES_USUAL_MAX = 6,
    CUSTOMER_CONFIRMATION = NEEDS_CUSTOMER_PERSON | NEEDS_PAST_DATE
};

/* Words that name what somebody feels, and words that say nothing beside them. A statement of nothing else points at
 * nothing that the other side could look at. */
static const char *const feelings[] = {
    "chemistry",  "confidence",   "confident",  "enthusiasm", "enthusiastic", "excited",
    "excitement", "eager",        "feel",       "feeling",    "feelings",     "fit",
    "goodwill",   "gut",          "happy",      "hope",       "hopeful",      "impression",
    "instinct",   "interest",     "interested", "keen",       "likelihood",   "likely",
    "momentum",   "mood",         "optimism",   "optimistic", "positive",     "promising",
    "rapport",    "relationship", "sentiment",  "sympathy",   "trust",        "vibe",
    "warm",       "willingness",  NULL};
static const char *const fillers[] = {
    "a",     "an",        "and",    "are",   "buyer",   "client",  "customer", "customers", "deal",
    "for",   "general",   "good",   "great", "has",     "have",    "high",     "in",        "is",
    "level", "of",        "on",     "our",   "overall", "partner", "s",        "score",     "seems",
    "shows", "strategic", "strong", "team",  "that",    "the",     "their",    "there",     "they",
    "to",    "us",        "vendor", "very",  "we",      "well",    "with",     NULL};

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_one_of(const char *const *words, const char *word, size_t length) {
    for (; *words; words++) {
        size_t i = 0;
        while (i < length && (*words)[i] && (*words)[i] == lower(word[i]))
            i++;
        if (i == length && !(*words)[i])
            return true;
    }
    return false;
}

bool stage_text_is_feeling(const char *text) {
    bool feels = false;
    while (*text) {
        size_t length = 0;
        while (is_letter(text[length]))
            length++;
        if (length && is_one_of(feelings, text, length))
            feels = true;
        else if (length && !is_one_of(fillers, text, length))
            return false;
        text += length ? length : 1;
    }
    return feels;
}

/* -- criteria -- */

static const struct stage *stage_of(const struct stage_model *model, const struct criterion *criterion) {
    return &model->stages[criterion->stage_number - 1];
}

static const char *criterion_pointer(const struct stage_model *model, const struct criterion *criterion,
                                     struct field_faults *faults, const char *member) {
    size_t index = (size_t)(criterion - model->criteria), first = index;
    while (first > 0 && model->criteria[first - 1].stage_number == criterion->stage_number)
        first--;
    return arena_format(faults->arena, "/stages/%d/criteria/%zu/%s", criterion->stage_number - 1,
                        index - first, member);
}

/* A statement may have a document in its place, but need not: only what it must carry gives it something to point at. */
static bool is_only_a_feeling(const struct criterion *criterion) {
    return criterion->type == EVIDENCE_STATEMENT && !(criterion->needs & ~NEEDS_OR_DOCUMENT) &&
           (stage_text_is_feeling(criterion->key) ||
            (criterion->name && stage_text_is_feeling(criterion->name)));
}

static void computed_check(const struct stage_model *model, const struct criterion *criterion,
                           struct field_faults *faults) {
    if (!criterion_is_computable(criterion->key))
        field_fault(faults, criterion_pointer(model, criterion, faults, "key"), "unknown_computed",
                    "the service computes no %s", criterion->key);
    if (criterion->needs)
        field_fault(faults, criterion_pointer(model, criterion, faults, "needs"), "not_applicable",
                    "a computed criterion takes no evidence");
    if (!strcmp(criterion->key, "attribution_resolved") && criterion->stage_number != (int)model->stage_count)
        field_fault(faults, criterion_pointer(model, criterion, faults, "key"), "only_at_close",
                    "the attribution is resolved by closing: no stage before the last can wait for it");
}

static void criterion_check(const struct stage_model *model, const struct criterion *criterion,
                            struct field_faults *faults) {
    for (const struct criterion *other = model->criteria; other < criterion; other++)
        if (!strcmp(other->key, criterion->key)) {
            field_fault(faults, criterion_pointer(model, criterion, faults, "key"), "repeated",
                        "stage %s has a criterion %s already", stage_of(model, other)->key, other->key);
            break;
        }
    if (criterion->name && text_is_placeholder(criterion->name))
        field_fault(faults, criterion_pointer(model, criterion, faults, "name"), "placeholder",
                    "the name says nothing");
    if (is_only_a_feeling(criterion))
        field_fault(faults, criterion_pointer(model, criterion, faults, "key"), "feeling",
                    "%s is a feeling: ask for what it rests on, a document, people, steps or a date",
                    criterion->key);
    if (criterion->type == EVIDENCE_COMPUTED)
        computed_check(model, criterion, faults);
}

/* -- stages -- */

static size_t criteria_of(const struct stage_model *model, int number) {
    size_t count = 0;
    for (size_t i = 0; i < model->criterion_count; i++)
        count += model->criteria[i].stage_number == number;
    return count;
}

static const char *stage_pointer(const struct stage *stage, struct field_faults *faults, const char *member) {
    return arena_format(faults->arena, "/stages/%d/%s", stage->number - 1, member);
}

static void stage_check(const struct stage_model *model, const struct stage *stage,
                        struct field_faults *faults) {
    const struct stage *before = stage > model->stages ? stage - 1 : NULL;
    bool last = stage->number == (int)model->stage_count;
    for (const struct stage *other = model->stages; other < stage; other++)
        if (!strcmp(other->key, stage->key)) {
            field_fault(faults, stage_pointer(stage, faults, "key"), "repeated",
                        "stage %d has the key %s already", other->number, other->key);
            break;
        }
    if (text_is_placeholder(stage->name))
        field_fault(faults, stage_pointer(stage, faults, "name"), "placeholder", "the name says nothing");
    if (!criteria_of(model, stage->number))
        field_fault(faults, stage_pointer(stage, faults, "criteria"), "required",
                    "without a criterion the stage is an opinion");
    if (!before && stage->rollup != ROLLUP_DISCOVERY)
        field_fault(faults, stage_pointer(stage, faults, "rollup"), "no_discovery",
                    "the first stage maps onto discovery: a deal has no place before it");
    if (before && stage->rollup < before->rollup)
        field_fault(faults, stage_pointer(stage, faults, "rollup"), "steps_back",
                    "the map never steps back: %s stands before it", choice_name(rollups, before->rollup));
    if (before && stage->ceiling < before->ceiling)
        field_fault(faults, stage_pointer(stage, faults, "ceiling"), "sinks",
                    "a later stage allows as much: %s stands before it",
                    choice_name(categories, before->ceiling));
    if (last && (stage->rollup != ROLLUP_CLOSED || stage->ceiling != CATEGORY_CLOSED))
        field_fault(faults, stage_pointer(stage, faults, "rollup"), "no_closing",
                    "the last stage is where a deal is closed: roll-up and ceiling closed");
    if (!last && (stage->rollup == ROLLUP_CLOSED || stage->ceiling == CATEGORY_CLOSED))
        field_fault(faults, stage_pointer(stage, faults, "rollup"), "closes_early",
                    "a deal is closed in the last stage only");
}

/* -- the whole -- */

/* Both organisations say, on evidence, that the deal is one: that is the roll-up stage validation. */
static bool has_joint_qualification(const struct stage_model *model) {
    for (size_t i = 0; i < model->criterion_count; i++)
        if (model->criteria[i].type != EVIDENCE_COMPUTED &&
            stage_of(model, &model->criteria[i])->rollup == ROLLUP_VALIDATION)
            return true;
    return false;
}

static const struct stage *commit_capable(const struct stage_model *model) {
    for (size_t i = 0; i < model->stage_count; i++)
        if (model->stages[i].ceiling >= CATEGORY_COMMIT)
            return &model->stages[i];
    return NULL;
}

static bool customer_confirms_before(const struct stage_model *model, const struct stage *stage) {
    for (size_t i = 0; i < model->criterion_count; i++)
        if (model->criteria[i].type != EVIDENCE_COMPUTED && model->criteria[i].stage_number < stage->number &&
            (model->criteria[i].needs & CUSTOMER_CONFIRMATION) == CUSTOMER_CONFIRMATION)
            return true;
    return false;
}

void stage_model_lint(const struct stage_model *model, struct field_faults *faults) {
    const struct stage *commit = commit_capable(model);
    for (size_t i = 0; i < model->stage_count; i++)
        stage_check(model, &model->stages[i], faults);
    for (size_t i = 0; i < model->criterion_count; i++)
        criterion_check(model, &model->criteria[i], faults);
    if (!has_joint_qualification(model))
        field_fault(faults, "/stages", "no_joint_qualification",
                    "a stage of the roll-up stage validation asks both sides for evidence");
    if (commit && !customer_confirms_before(model, commit))
        field_fault(faults, stage_pointer(commit, faults, "ceiling"), "no_customer_confirmation",
                    "before a deal may be committed a criterion needs the customer's person and a past date");
}

void stage_model_warn(const struct stage_model *model, struct field_faults *warnings) {
    if (model->stage_count < STAGES_USUAL_MIN || model->stage_count > STAGES_USUAL_MAX)
        field_fault(warnings, "/stages", "unusual_length", "models have %d to %d stages, this one has %zu",
                    STAGES_USUAL_MIN, STAGES_USUAL_MAX, model->stage_count);
}
