#include "look.h"

#include "arguments.h"

struct asked {
  char *texts;
  size_t length;
  struct record *records;
  uint32_t count;
};

/* Texts (Uint8Array), their length, how many records, records (Float64Array). */
static bool TakeAsked(napi_env env, napi_callback_info call, struct asked *asked) {
  napi_value values[4];
  size_t room, records;
  uint32_t length;
  bool isTaken = TakeValues(env, call, 4, values) && TakeBytes(env, values[0], &asked->texts, &room) &&
                 napi_get_value_uint32(env, values[1], &length) == napi_ok &&
                 napi_get_value_uint32(env, values[2], &asked->count) == napi_ok &&
                 TakeRecords(env, values[3], &asked->records, &records);
  if (!isTaken || length > room || asked->count > records) return false;
  asked->length = length;
  return AreTexts(asked->texts, length, (uint64_t)asked->count + 1);
}

napi_value LookAtAll(napi_env env, napi_callback_info call) {
  struct asked asked;
  if (!TakeAsked(env, call, &asked)) return Refuse(env, "look(asked, length, count, answers): these do not fit together");
  long directory = OpenDirectory(asked.texts, O_PATH);
  const char *name = asked.texts;
  for (uint32_t at = 0; at < asked.count; at++) {
    name = NextText(name);
    Look(directory, name, asked.records + at);
  }
  Close(directory);
  return NULL;
}
