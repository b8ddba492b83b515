/* What stands between the generated bindings and a filter. */
#include "activity_log_filter.h"

#include <stdlib.h>

/* Of stdlib.c: what is allocated after the mark is gone at the release. */
void al_memory_mark(void);
void al_memory_release(void);

/* The bindings ask for it; `alog plugin build` describes the world to the component itself. */
void __component_type_object_force_link_filter(void);
void __component_type_object_force_link_filter(void) {}

/* Instead of the bindings' own, which gives the verdict back piece by piece. */
__attribute__((__export_name__("cabi_post_activity-log:filter/plugin@1.0.0#filter")))
void __wasm_export_exports_activity_log_filter_plugin_filter_post_return(uint8_t *verdict);
void __wasm_export_exports_activity_log_filter_plugin_filter_post_return(uint8_t *verdict) { al_memory_release(); }

static filter_list_tuple2_string_string_t given;

void *al_allocate(size_t size) {
  void *memory = malloc(size);
  if (memory == NULL) abort();
  return memory;
}

static void *zeros(size_t size) { return memset(al_allocate(size), 0, size); }

static filter_string_t string(const char *text) {
  filter_string_t string = {(uint8_t *)text, strlen(text)};
  return string;
}

static filter_list_string_t strings(const char *const *names, size_t count) {
  filter_list_string_t list = {count == 0 ? NULL : al_allocate(count * sizeof(filter_string_t)), count};
  for (size_t at = 0; at < count; at++) list.ptr[at] = string(names[at]);
  return list;
}

void exports_activity_log_filter_plugin_describe(exports_activity_log_filter_plugin_manifest_t *manifest) {
  const al_manifest *own = &al_manifest_of_filter;
  manifest->name = string(own->name);
  manifest->version = string(own->version);
  manifest->description = string(own->description);
  manifest->inputs = strings(own->inputs.names, own->inputs.count);
  manifest->outputs = strings(own->outputs.names, own->outputs.count);
  size_t count = own->parameters.count;
  activity_log_filter_types_parameter_t *list = count == 0 ? NULL : al_allocate(count * sizeof *list);
  for (size_t at = 0; at < count; at++) {
    const al_parameter *parameter = &own->parameters.list[at];
    list[at].name = string(parameter->name);
    list[at].description = string(parameter->description);
    list[at].required = parameter->required;
  }
  manifest->parameters.ptr = list;
  manifest->parameters.len = count;
}

bool exports_activity_log_filter_plugin_start(filter_list_tuple2_string_string_t *parameters, filter_string_t *error) {
  given = *parameters;
  const char *wrong = al_start();
  if (wrong != NULL) {
    *error = string(wrong);
    return false;
  }
  al_memory_mark();
  return true;
}

const char *al_parameter_value(const char *name) {
  for (size_t at = 0; at < given.len; at++) {
    const filter_tuple2_string_string_t *pair = &given.ptr[at];
    if (pair->f0.len == strlen(name) && memcmp(pair->f0.ptr, name, pair->f0.len) == 0) {
      char *value = al_allocate(pair->f1.len + 1);
      memcpy(value, pair->f1.ptr, pair->f1.len);
      value[pair->f1.len] = 0;
      return value;
    }
  }
  return NULL;
}

/* One value, absent, in every row. */
static al_column nothing(uint32_t rows) {
  al_column column = {{zeros(sizeof(al_value)), 1}, {zeros(rows * sizeof(uint32_t)), rows}};
  return column;
}

bool exports_activity_log_filter_plugin_filter(exports_activity_log_filter_plugin_batch_t *batch,
                                               exports_activity_log_filter_plugin_verdict_t *answer,
                                               exports_activity_log_filter_plugin_failure_t *failure) {
  size_t outputs = al_manifest_of_filter.outputs.count;
  al_verdict verdict = {zeros(batch->rows * sizeof(bool)), NULL, -1};
  if (outputs > 0) verdict.outputs = al_allocate(outputs * sizeof(al_column));
  for (size_t at = 0; at < outputs; at++) verdict.outputs[at] = nothing(batch->rows);
  const char *wrong = al_filter(batch, &verdict);
  if (wrong != NULL) {
    failure->row.is_some = verdict.failed_row >= 0;
    failure->row.val = (uint32_t)verdict.failed_row;
    failure->message = string(wrong);
    return false;
  }
  answer->keep.ptr = verdict.keep;
  answer->keep.len = batch->rows;
  answer->outputs.ptr = verdict.outputs;
  answer->outputs.len = outputs;
  return true;
}

void al_log(const char *line) {
  filter_string_t text = string(line);
  activity_log_filter_log_line(&text);
}

bool *al_test(const al_column *column, bool (*ask)(const al_value *value)) {
  bool *answers = al_allocate(column->values.len);
  for (size_t at = 0; at < column->values.len; at++) answers[at] = ask(&column->values.ptr[at]);
  return answers;
}

void al_map(al_column *output, const al_column *column, al_value (*make)(const al_value *value)) {
  output->values.len = column->values.len;
  output->values.ptr = al_allocate(column->values.len * sizeof(al_value));
  for (size_t at = 0; at < column->values.len; at++) output->values.ptr[at] = make(&column->values.ptr[at]);
  output->index = column->index;
}

static bool same(const uint8_t *bytes, const char *text, size_t length) { return memcmp(bytes, text, length) == 0; }

bool al_is(const al_value *value, const char *text) {
  size_t length = strlen(text);
  return value->tag == AL_TEXT && value->val.text.len == length && same(value->val.text.ptr, text, length);
}

bool al_starts_with(const al_value *value, const char *text) {
  size_t length = strlen(text);
  return value->tag == AL_TEXT && value->val.text.len >= length && same(value->val.text.ptr, text, length);
}

bool al_ends_with(const al_value *value, const char *text) {
  size_t length = strlen(text);
  if (value->tag != AL_TEXT || value->val.text.len < length) return false;
  return same(value->val.text.ptr + value->val.text.len - length, text, length);
}

bool al_contains(const al_value *value, const char *text) {
  size_t length = strlen(text);
  if (value->tag != AL_TEXT) return false;
  for (size_t at = 0; at + length <= value->val.text.len; at++) {
    if (same(value->val.text.ptr + at, text, length)) return true;
  }
  return false;
}

al_value al_text(const char *text) {
  al_value value = {.tag = AL_TEXT, .val.text = string(text)};
  return value;
}
