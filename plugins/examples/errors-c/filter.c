/* Calls that failed, and why: a column `failure` says whether access was denied, the caller was throttled, the thing was
 * not there, or the request was wrong. */
#include "sdk/activity_log_filter.h"

static const char *const inputs[] = {"errorCode", "responseElements.ConsoleLogin"};
static const char *const outputs[] = {"failure"};
static const al_parameter parameters[] = {
    {"only", "one of denied, throttled, missing, invalid, other; all without it", false},
};

const al_manifest al_manifest_of_filter = {
    .name = "errors-c",
    .version = "1.0.0",
    .description = "Calls that failed, with the kind of failure in a column of its own.",
    .inputs = {AL_LIST(inputs)},
    .outputs = {AL_LIST(outputs)},
    .parameters = {AL_LIST(parameters)},
};

/* The first kind whose word an error code has, in this order. */
static const struct { const char *kind; const char *word; } words[] = {
    {"denied", "AccessDenied"},    {"denied", "Unauthorized"}, {"denied", "Forbidden"},       {"denied", "AuthFailure"},
    {"denied", "NotAuthorized"},   {"denied", "OptInRequired"}, {"throttled", "Throttl"},     {"throttled", "TooManyRequests"},
    {"throttled", "LimitExceeded"}, {"throttled", "SlowDown"}, {"missing", "NotFound"},       {"missing", "NoSuch"},
    {"missing", "DoesNotExist"},   {"missing", "NotExist"},    {"invalid", "Invalid"},        {"invalid", "Validation"},
    {"invalid", "Malformed"},      {"invalid", "Missing"},     {"invalid", "AlreadyExists"},  {"invalid", "Conflict"},
};

static const char *only;

const char *al_start(void) {
  only = al_parameter_value("only");
  if (only == NULL || strcmp(only, "other") == 0) return NULL;
  for (size_t at = 0; at < AL_COUNT(words); at++) {
    if (strcmp(only, words[at].kind) == 0) return NULL;
  }
  return "the parameter only is none of denied, throttled, missing, invalid, other";
}

/* The kind of an error code; NULL of none. Asked once for each different code. */
static const char *kind_of(const al_value *code) {
  if (al_is_nothing(code) || al_is(code, "")) return NULL;
  for (size_t at = 0; at < AL_COUNT(words); at++) {
    if (al_contains(code, words[at].word)) return words[at].kind;
  }
  return "other";
}

static al_value kind_value(const al_value *code) {
  const char *kind = kind_of(code);
  al_value absent = {.tag = AL_ABSENT};
  return kind == NULL ? absent : al_text(kind);
}

static bool is_kept(const al_value *code) {
  const char *kind = kind_of(code);
  return kind != NULL && (only == NULL || strcmp(only, kind) == 0);
}

/* A sign-in that failed has no error code. */
static bool is_failed_sign_in(const al_value *sign_in) { return al_is(sign_in, "Failure"); }

const char *al_filter(const al_batch *batch, al_verdict *verdict) {
  const al_column *codes = &batch->columns.ptr[0], *sign_ins = &batch->columns.ptr[1];
  const bool *kept = al_test(codes, is_kept), *failed = al_test(sign_ins, is_failed_sign_in);
  bool with_denied = only == NULL || strcmp(only, "denied") == 0;

  al_column *failure = &verdict->outputs[0];
  al_map(failure, codes, kind_value);
  /* One value more than there are codes: of the sign-ins. The index is the batch's own, so that one that changes is new. */
  al_value *values = al_allocate((failure->values.len + 1) * sizeof(al_value));
  memcpy(values, failure->values.ptr, failure->values.len * sizeof(al_value));
  uint32_t denied = (uint32_t)failure->values.len;
  values[denied] = al_text("denied");
  failure->values.ptr = values;
  failure->values.len++;
  uint32_t *index = al_allocate(batch->rows * sizeof(uint32_t));

  for (uint32_t row = 0; row < batch->rows; row++) {
    bool sign_in = al_answer(failed, sign_ins, row) && al_is_nothing(al_value_of(codes, row));
    verdict->keep[row] = al_answer(kept, codes, row) || (sign_in && with_denied);
    index[row] = sign_in ? denied : codes->index.ptr[row];
  }
  failure->index.ptr = index;
  return NULL;
}
