/* Filters for Activity Log's reports, written in C.
 *
 * A filter is a manifest (al_manifest_of_filter) and two functions: al_start reads a report's parameters, once;
 * al_filter judges a batch of up to 4,096 events. There is no operating system: no files, no clock, no printf. What
 * there is of a standard library is in include/: memory and strings.
 *
 * What al_filter allocates is gone when it returns, and nothing may be kept from one batch to the next: a report that
 * another process continues starts the filter again. What al_start allocates stays.
 */
#ifndef ACTIVITY_LOG_FILTER_H
#define ACTIVITY_LOG_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "bindings.h"

/* One value of an event: look at .tag, then at .val. */
typedef activity_log_filter_types_value_t al_value;

enum {
  AL_ABSENT = ACTIVITY_LOG_FILTER_TYPES_VALUE_ABSENT, /* the event has no such field */
  AL_NULL = ACTIVITY_LOG_FILTER_TYPES_VALUE_NULL,
  AL_BOOLEAN = ACTIVITY_LOG_FILTER_TYPES_VALUE_BOOLEAN, /* .val.boolean */
  AL_INTEGER = ACTIVITY_LOG_FILTER_TYPES_VALUE_INTEGER, /* .val.integer */
  AL_FLOAT = ACTIVITY_LOG_FILTER_TYPES_VALUE_FLOAT,     /* .val.float_ */
  AL_TEXT = ACTIVITY_LOG_FILTER_TYPES_VALUE_TEXT,       /* .val.text.ptr, .val.text.len: no NUL at its end */
  AL_JSON = ACTIVITY_LOG_FILTER_TYPES_VALUE_JSON        /* .val.json: an object or an array, as JSON text; also a string that is no Unicode */
};

/* One field over a whole batch. Equal values stand there once: row r holds values.ptr[index.ptr[r]]. */
typedef activity_log_filter_types_column_t al_column;

/* rows, and in columns.ptr one column for each of the manifest's inputs, in that order. */
typedef activity_log_filter_types_batch_t al_batch;

typedef struct {
  const char *name;
  const char *description;
  bool required;
} al_parameter;

#define AL_COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define AL_LIST(array) (array), AL_COUNT(array)

typedef struct {
  const char *name;        /* lower-case letters, digits and dashes */
  const char *version;     /* such as 1.0.0 */
  const char *description; /* for whoever chooses it for a report */
  /* the fields it reads, as dotted paths; "" is the whole event as JSON text (slow) */
  struct { const char *const *names; size_t count; } inputs;
  /* the columns it writes: a new name adds a column, the name of an input replaces it */
  struct { const char *const *names; size_t count; } outputs;
  struct { const al_parameter *list; size_t count; } parameters;
} al_manifest;

/* What al_filter fills in. */
typedef struct {
  bool *keep;         /* one for each row; all false before */
  al_column *outputs; /* one for each of the manifest's outputs; all absent before */
  int64_t failed_row; /* if al_filter fails because of one row: its number; -1 before */
} al_verdict;

/* --- What a filter has ------------------------------------------------------------------------------------------------ */

extern const al_manifest al_manifest_of_filter;

/* Reads the parameters. Returns NULL, or what is wrong with them, for whoever asked for the report. */
const char *al_start(void);

/* Judges a batch. Returns NULL, or why it cannot. */
const char *al_filter(const al_batch *batch, al_verdict *verdict);

/* --- What it can use ---------------------------------------------------------------------------------------------------- */

/* Memory, until al_filter returns; of al_start, for good. Traps if there is none left. */
void *al_allocate(size_t size);

/* A parameter's value, in al_start; NULL if the report gives none. */
const char *al_parameter_value(const char *name);

/* Writes a line to the run's log. */
void al_log(const char *line);

/* Asks once for each different value of a column, not once for each row: that is what makes a filter fast.
 * answers[column->index.ptr[row]] is then a row's answer; al_answer says it shorter. */
bool *al_test(const al_column *column, bool (*ask)(const al_value *value));

static inline bool al_answer(const bool *answers, const al_column *column, uint32_t row) {
  return answers[column->index.ptr[row]];
}

static inline const al_value *al_value_of(const al_column *column, uint32_t row) {
  return &column->values.ptr[column->index.ptr[row]];
}

/* An output column: make is asked once for each different value of the column. */
void al_map(al_column *output, const al_column *column, al_value (*make)(const al_value *value));

static inline bool al_is_nothing(const al_value *value) { return value->tag == AL_ABSENT || value->tag == AL_NULL; }

/* Of strings only: other values are, start with and have nothing. */
bool al_is(const al_value *value, const char *text);
bool al_starts_with(const al_value *value, const char *text);
bool al_ends_with(const al_value *value, const char *text);
bool al_contains(const al_value *value, const char *text);

/* A string as a value; the text must stay where it is until al_filter returns. */
al_value al_text(const char *text);

#endif
