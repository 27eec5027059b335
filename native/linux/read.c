#include "read.h"

#include "arguments.h"

/* So many are open at once, of each lane: while the first of them is read, the kernel fetches the others. With more it is no quicker. */
enum { OPEN = 32 };

struct wanted {
  char *paths;
  size_t length;
  /* Bytes of each file, which lie behind one another in the room. */
  uint32_t *sizes;
  char *room;
  struct record *records;
  uint32_t count;
};

static bool HasRoom(const struct wanted *wanted, size_t bytes) {
  uint64_t sum = 0;
  for (uint32_t at = 0; at < wanted->count; at++) sum += wanted->sizes[at];
  return sum <= bytes;
}

/* Paths (Uint8Array), their length, sizes (Uint32Array), how many, room (Uint8Array), records (Float64Array). */
static bool TakeWanted(napi_env env, napi_callback_info call, struct wanted *wanted) {
  napi_value values[6];
  size_t paths, sizes, bytes, records;
  uint32_t length;
  bool isTaken = TakeValues(env, call, 6, values) && TakeBytes(env, values[0], &wanted->paths, &paths) &&
                 napi_get_value_uint32(env, values[1], &length) == napi_ok &&
                 TakeNumbers(env, values[2], &wanted->sizes, &sizes) &&
                 napi_get_value_uint32(env, values[3], &wanted->count) == napi_ok &&
                 TakeBytes(env, values[4], &wanted->room, &bytes) &&
                 TakeRecords(env, values[5], &wanted->records, &records);
  if (!isTaken || length > paths || wanted->count > sizes || wanted->count > records) return false;
  return AreTexts(wanted->paths, length, wanted->count) && HasRoom(wanted, bytes);
}

/* As far as the file goes, or as there is room; less where reading fails, of which the size tells. */
static uint32_t ReadFile(long file, char *room, uint32_t size) {
  uint32_t done = 0;
  while (done < size) {
    long got = Read(file, room + done, size - done);
    if (got <= 0) break;
    done += (uint32_t)got;
  }
  return done;
}

static void TakeFile(long file, char *room, uint32_t size, struct record *record) {
  record->fields[READ].number = file < 0 ? 0 : ReadFile(file, room, size);
  Look(file, "", record);
  Close(file);
}

napi_value ReadAll(napi_env env, napi_callback_info call) {
  struct wanted wanted;
  if (!TakeWanted(env, call, &wanted))
    return Refuse(env, "read(paths, length, sizes, count, room, answers): these do not fit together");
  long files[OPEN];
  const char *path = wanted.paths;
  char *room = wanted.room;
  uint32_t opened = 0;
  for (uint32_t at = 0; at < wanted.count; at++) {
    for (; opened < wanted.count && opened < at + OPEN; opened++, path = NextText(path)) {
      files[opened % OPEN] = OpenFile(path);
      if (files[opened % OPEN] >= 0) Fetch(files[opened % OPEN], wanted.sizes[opened]);
    }
    TakeFile(files[at % OPEN], room, wanted.sizes[at], wanted.records + at);
    room += wanted.sizes[at];
  }
  return NULL;
}
