/* Calls that failed, and why: a column `failure` says whether access was denied, the caller was throttled, the thing was
 * not there, or the request was wrong.
 *
 * AWS's and K2's records have an error code; a sign-in to AWS's console that failed has none. VK's say `success`: no, and
 * why in the body of the response. */
#include "sdk/activity_log_filter.h"

static const char *const inputs[] = {"errorCode", "responseElements.ConsoleLogin", "success", "response_body"};
static const char *const outputs[] = {"failure"};
static const al_parameter parameters[] = {
    {"only", "one of denied, throttled, missing, invalid, other; all without it", false},
};

const al_manifest al_manifest_of_filter = {
    .name = "errors-c",
    .version = "1.1.0",
    .description = "Calls that failed, with the kind of failure in a column of its own.",
    .inputs = {AL_LIST(inputs)},
    .outputs = {AL_LIST(outputs)},
    .parameters = {AL_LIST(parameters)},
};

enum kind { NONE, DENIED, THROTTLED, MISSING, INVALID, OTHER, KINDS };
static const char *const names[KINDS] = {NULL, "denied", "throttled", "missing", "invalid", "other"};

typedef struct {
  enum kind kind;
  const char *word;
} sign;

/* The first kind whose word an error code has, in this order. */
static const sign codes[] = {
    {DENIED, "AccessDenied"},     {DENIED, "Unauthorized"},       {DENIED, "Forbidden"},        {DENIED, "AuthFailure"},
    {DENIED, "NotAuthorized"},    {DENIED, "OptInRequired"},      {THROTTLED, "Throttl"},       {THROTTLED, "TooManyRequests"},
    {THROTTLED, "LimitExceeded"}, {THROTTLED, "SlowDown"},        {MISSING, "NotFound"},        {MISSING, "NoSuch"},
    {MISSING, "DoesNotExist"},    {MISSING, "NotExist"},          {INVALID, "Invalid"},         {INVALID, "Validation"},
    {INVALID, "Malformed"},       {INVALID, "Missing"},           {INVALID, "AlreadyExists"},   {INVALID, "Conflict"},
    {INVALID, "InUse"},           {INVALID, "Incorrect"},
};

/* Of a body of OpenStack's: the names of its faults, and HTTP's codes, with a space before them or without. */
static const sign bodies[] = {
    {DENIED, "orbidden"},         {DENIED, "nauthorized"},        {DENIED, "NotAuthorized"},    {DENIED, "\"code\": 401"},
    {DENIED, "\"code\":401"},     {DENIED, "\"code\": 403"},      {DENIED, "\"code\":403"},     {THROTTLED, "overLimit"},
    {THROTTLED, "OverLimit"},     {THROTTLED, "OverQuota"},       {THROTTLED, "TooManyRequests"}, {THROTTLED, "\"code\": 429"},
    {THROTTLED, "\"code\":429"},  {MISSING, "NotFound"},          {MISSING, "\"code\": 404"},   {MISSING, "\"code\":404"},
    {INVALID, "badRequest"},      {INVALID, "BadRequest"},        {INVALID, "onflict"},         {INVALID, "InUse"},
    {INVALID, "Invalid"},         {INVALID, "\"code\": 400"},     {INVALID, "\"code\":400"},    {INVALID, "\"code\": 409"},
    {INVALID, "\"code\":409"},
};

static const char *only;

const char *al_start(void) {
  only = al_parameter_value("only");
  if (only == NULL) return NULL;
  for (int kind = DENIED; kind < KINDS; kind++) {
    if (strcmp(only, names[kind]) == 0) return NULL;
  }
  return "the parameter only is none of denied, throttled, missing, invalid, other";
}

static enum kind kind_of(const al_value *value, const sign *signs, size_t count) {
  for (size_t at = 0; at < count; at++) {
    if (al_contains(value, signs[at].word)) return signs[at].kind;
  }
  return OTHER;
}

static enum kind kind_of_code(const al_value *code) {
  return al_is_nothing(code) || al_is(code, "") ? NONE : kind_of(code, codes, AL_COUNT(codes));
}

static enum kind kind_of_body(const al_value *body) { return kind_of(body, bodies, AL_COUNT(bodies)); }

/* The kinds of a column's different values: each is asked about once. */
static enum kind *kinds_of(const al_column *column, enum kind (*ask)(const al_value *value)) {
  enum kind *kinds = al_allocate(column->values.len * sizeof(enum kind));
  for (size_t at = 0; at < column->values.len; at++) kinds[at] = ask(&column->values.ptr[at]);
  return kinds;
}

/* A sign-in that failed has no error code. */
static bool is_failure(const al_value *sign_in) { return al_is(sign_in, "Failure"); }

static bool is_no(const al_value *success) {
  return al_is(success, "no") || al_is(success, "false") || (success->tag == AL_BOOLEAN && !success->val.boolean);
}

const char *al_filter(const al_batch *batch, al_verdict *verdict) {
  const al_column *code = &batch->columns.ptr[0], *sign_in = &batch->columns.ptr[1];
  const al_column *success = &batch->columns.ptr[2], *body = &batch->columns.ptr[3];
  const enum kind *of_code = kinds_of(code, kind_of_code), *of_body = kinds_of(body, kind_of_body);
  const bool *denied = al_test(sign_in, is_failure), *failed = al_test(success, is_no);

  /* Of the column a value for each kind; absent where there is none. */
  al_column *failure = &verdict->outputs[0];
  failure->values.ptr = al_allocate(KINDS * sizeof(al_value));
  failure->values.len = KINDS;
  failure->values.ptr[NONE] = (al_value){.tag = AL_ABSENT};
  for (int kind = DENIED; kind < KINDS; kind++) failure->values.ptr[kind] = al_text(names[kind]);
  failure->index.ptr = al_allocate(batch->rows * sizeof(uint32_t));
  failure->index.len = batch->rows;

  for (uint32_t row = 0; row < batch->rows; row++) {
    enum kind kind = of_code[code->index.ptr[row]];
    if (kind == NONE && al_answer(denied, sign_in, row)) kind = DENIED;
    if (kind == NONE && al_answer(failed, success, row)) kind = of_body[body->index.ptr[row]];
    verdict->keep[row] = kind != NONE && (only == NULL || strcmp(only, names[kind]) == 0);
    failure->index.ptr[row] = kind;
  }
  return NULL;
}
