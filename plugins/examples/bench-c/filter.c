/* The benchmarks' predicate, as a C filter: calls that describe something and did not fail. */
#include "sdk/activity_log_filter.h"

static const char *const inputs[] = {"eventName", "errorCode"};

const al_manifest al_manifest_of_filter = {
    .name = "bench-c",
    .version = "1.0.0",
    .description = "Calls that describe something and did not fail: the benchmarks' predicate.",
    .inputs = {AL_LIST(inputs)},
};

const char *al_start(void) { return NULL; }

static bool describes(const al_value *name) { return al_starts_with(name, "Describe"); }

const char *al_filter(const al_batch *batch, al_verdict *verdict) {
  const al_column *names = &batch->columns.ptr[0], *errors = &batch->columns.ptr[1];
  const bool *describing = al_test(names, describes), *succeeded = al_test(errors, al_is_nothing);
  for (uint32_t row = 0; row < batch->rows; row++) {
    verdict->keep[row] = al_answer(describing, names, row) & al_answer(succeeded, errors, row);
  }
  return NULL;
}
