/* Keeps the calls that failed; with one error code, if the report asks for it.
 *
 *   alog plugin build        makes NAME.wasm of this folder
 *   alog plugin test NAME.wasm events.ndjson
 */
#include "sdk/activity_log_filter.h"

static const char *const inputs[] = {"errorCode"};
static const al_parameter parameters[] = {
    {"code", "an error code, such as AccessDenied; any, if it is not given", false},
};

const al_manifest al_manifest_of_filter = {
    .name = "my-filter",
    .version = "1.0.0",
    .description = "Calls that failed.",
    .inputs = {AL_LIST(inputs)},
    .parameters = {AL_LIST(parameters)},
};

static const char *code;

const char *al_start(void) {
  code = al_parameter_value("code");
  if (code != NULL && *code == 0) return "the parameter code is empty";
  return NULL;
}

/* Asked once for each different error code, not once for each event. */
static bool failed(const al_value *error) { return code == NULL ? !al_is_nothing(error) : al_is(error, code); }

const char *al_filter(const al_batch *batch, al_verdict *verdict) {
  const al_column *errors = &batch->columns.ptr[0];
  const bool *is_failure = al_test(errors, failed);
  for (uint32_t row = 0; row < batch->rows; row++) verdict->keep[row] = al_answer(is_failure, errors, row);
  return NULL;
}
