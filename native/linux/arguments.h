/*
 * Arguments of functions that JavaScript calls.
 */
#ifndef BMCLOUD_ARGUMENTS_H
#define BMCLOUD_ARGUMENTS_H

#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>

#include "record.h"

/* Takes exactly `count` values. */
static inline bool TakeValues(napi_env env, napi_callback_info call, size_t count, napi_value *values) {
  size_t given = count;
  return napi_get_cb_info(env, call, &given, values, NULL, NULL) == napi_ok && given == count;
}

/* Of a Uint8Array. */
static inline bool TakeBytes(napi_env env, napi_value value, char **bytes, size_t *length) {
  napi_typedarray_type type;
  return napi_get_typedarray_info(env, value, &type, length, (void **)bytes, NULL, NULL) == napi_ok &&
         type == napi_uint8_array;
}

/* Of a Float64Array: as many as it has room for. */
static inline bool TakeRecords(napi_env env, napi_value value, struct record **records, size_t *count) {
  napi_typedarray_type type;
  size_t numbers;
  bool isTaken = napi_get_typedarray_info(env, value, &type, &numbers, (void **)records, NULL, NULL) == napi_ok &&
                 type == napi_float64_array;
  *count = isTaken ? numbers / FIELDS : 0;
  return isTaken;
}

/* Of a Uint32Array. */
static inline bool TakeNumbers(napi_env env, napi_value value, uint32_t **numbers, size_t *count) {
  napi_typedarray_type type;
  return napi_get_typedarray_info(env, value, &type, count, (void **)numbers, NULL, NULL) == napi_ok &&
         type == napi_uint32_array;
}

/* Whether there are exactly `count` texts, all of them ended by a zero byte and none of them empty. */
static inline bool AreTexts(const char *texts, size_t length, uint64_t count) {
  uint64_t ended = 0;
  for (size_t at = 0; at < length; at++) {
    if (texts[at] != 0) continue;
    if (at == 0 || texts[at - 1] == 0) return false;
    ended++;
  }
  return ended == count && (length == 0 || texts[length - 1] == 0);
}

static inline const char *NextText(const char *text) {
  while (*text != 0) text++;
  return text + 1;
}

static inline napi_value Refuse(napi_env env, const char *message) {
  napi_throw_type_error(env, NULL, message);
  return NULL;
}

#endif
