#include "look.h"

#include "arguments.h"

struct asked {
  char *texts;
  size_t length;
  struct record *records;
  uint32_t count;
};

/* Whether there are as many texts as are asked for, all of them ended and none of them empty. */
static bool IsWhole(const struct asked *asked) {
  uint64_t ended = 0;
  for (size_t at = 0; at < asked->length; at++) {
    if (asked->texts[at] != 0) continue;
    if (at == 0 || asked->texts[at - 1] == 0) return false;
    ended++;
  }
  return ended == (uint64_t)asked->count + 1 && asked->texts[asked->length - 1] == 0;
}

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
  return IsWhole(asked);
}

static const char *Next(const char *text) {
  while (*text != 0) text++;
  return text + 1;
}

napi_value LookAtAll(napi_env env, napi_callback_info call) {
  struct asked asked;
  if (!TakeAsked(env, call, &asked)) return Refuse(env, "look(asked, length, count, answers): these do not fit together");
  long directory = OpenDirectory(asked.texts, O_PATH);
  const char *name = asked.texts;
  for (uint32_t at = 0; at < asked.count; at++) {
    name = Next(name);
    Look(directory, name, asked.records + at);
  }
  Close(directory);
  return NULL;
}
