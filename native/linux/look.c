/*
 * Looks at many files of a directory in one call (src/native/look.ts). More than half of a scan's time was lstat, for which node:fs
 * needs twice as long as the kernel does (docs/performance.md); readdir with the names in one answer was no quicker than Node's.
 *
 * It calls the kernel by itself and links with no C library, so that the same file serves those with glibc and with musl.
 */
#define _GNU_SOURCE
#include <asm/unistd.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>

/* The record of a file, src/scan/many.ts: doubles, but for the last two. All but the first are only there where that is 0. */
enum field {
  FAILED,
  MODE,
  LINKS,
  UID,
  GID,
  RAW_DEVICE,
  SIZE,
  MTIME,
  MTIME_NANOS,
  CTIME,
  CTIME_NANOS,
  BIRTH_TIME,
  BIRTH_TIME_NANOS,
  DEVICE, /* uint64_t */
  INODE,  /* uint64_t */
  FIELDS = 16,
};

union number {
  double number;
  uint64_t integer;
};

/* syscall(2); at most five arguments are needed here. */
static long CallKernel(long call, long a, long b, long c, long d, long e) {
  long result;
  register long fourth __asm__("r10") = d;
  register long fifth __asm__("r8") = e;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(call), "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth)
                   : "rcx", "r11", "memory");
  return result;
}

static long Open(const char *directory) {
  return CallKernel(__NR_openat, AT_FDCWD, (long)directory, O_PATH | O_DIRECTORY | O_CLOEXEC, 0, 0);
}

static long Look(long directory, const char *name, struct statx *seen) {
  const long fields = STATX_BASIC_STATS | STATX_BTIME;
  return CallKernel(__NR_statx, directory, (long)name, AT_SYMLINK_NOFOLLOW, fields, (long)seen);
}

/* makedev(3). */
static uint64_t DeviceOf(uint64_t major, uint64_t minor) {
  return ((major & 0xfffff000u) << 32) | ((major & 0xfffu) << 8) | ((minor & 0xffffff00u) << 12) | (minor & 0xffu);
}

static void Fill(union number *record, const struct statx *seen) {
  record[MODE].number = seen->stx_mode;
  record[LINKS].number = seen->stx_nlink;
  record[UID].number = seen->stx_uid;
  record[GID].number = seen->stx_gid;
  record[RAW_DEVICE].number = (double)DeviceOf(seen->stx_rdev_major, seen->stx_rdev_minor);
  record[SIZE].number = (double)seen->stx_size;
  record[MTIME].number = (double)seen->stx_mtime.tv_sec;
  record[MTIME_NANOS].number = seen->stx_mtime.tv_nsec;
  record[CTIME].number = (double)seen->stx_ctime.tv_sec;
  record[CTIME_NANOS].number = seen->stx_ctime.tv_nsec;
  record[BIRTH_TIME].number = (double)seen->stx_btime.tv_sec;
  record[BIRTH_TIME_NANOS].number = seen->stx_btime.tv_nsec;
  record[DEVICE].integer = DeviceOf(seen->stx_dev_major, seen->stx_dev_minor);
  record[INODE].integer = seen->stx_ino;
}

struct asked {
  char *text;
  size_t length;
  union number *records;
  uint32_t count;
};

static bool IsBytes(napi_env env, napi_value value, void *bytes, size_t *length) {
  napi_typedarray_type type;
  return napi_get_typedarray_info(env, value, &type, length, bytes, NULL, NULL) == napi_ok && type == napi_uint8_array;
}

/* Whether there are as many texts as are asked for, all of them ended. */
static bool IsWhole(const struct asked *asked) {
  uint64_t ended = 0;
  for (size_t at = 0; at < asked->length; at++) ended += asked->text[at] == 0;
  return ended == (uint64_t)asked->count + 1 && asked->text[asked->length - 1] == 0;
}

/* Arguments: texts (Uint8Array), their length, how many records, records (Float64Array). */
static bool TakeArguments(napi_env env, napi_callback_info call, struct asked *asked) {
  napi_value values[4];
  size_t given = 4, room, records;
  napi_typedarray_type numbers;
  void *record;
  uint32_t length;
  bool isTaken = napi_get_cb_info(env, call, &given, values, NULL, NULL) == napi_ok && given == 4 &&
                 IsBytes(env, values[0], &asked->text, &room) &&
                 napi_get_value_uint32(env, values[1], &length) == napi_ok &&
                 napi_get_value_uint32(env, values[2], &asked->count) == napi_ok &&
                 napi_get_typedarray_info(env, values[3], &numbers, &records, &record, NULL, NULL) == napi_ok &&
                 numbers == napi_float64_array;
  if (!isTaken || length > room || records / FIELDS < asked->count) return false;
  asked->length = length;
  asked->records = record;
  return IsWhole(asked);
}

static const char *Next(const char *text) {
  while (*text != 0) text++;
  return text + 1;
}

static napi_value LookAtAll(napi_env env, napi_callback_info call) {
  struct asked asked;
  if (!TakeArguments(env, call, &asked)) {
    napi_throw_type_error(env, NULL, "look(asked, length, count, answers): these do not fit together");
    return NULL;
  }
  long directory = Open(asked.text);
  const char *name = asked.text;
  for (uint32_t at = 0; at < asked.count; at++) {
    union number *record = asked.records + (size_t)at * FIELDS;
    struct statx seen;
    name = Next(name);
    long failed = directory < 0 ? directory : Look(directory, name, &seen);
    record[FAILED].number = failed;
    if (failed == 0) Fill(record, &seen);
  }
  if (directory >= 0) CallKernel(__NR_close, directory, 0, 0, 0, 0);
  return NULL;
}

NAPI_MODULE_EXPORT int32_t node_api_module_get_api_version_v1(void) { return 8; }

NAPI_MODULE_EXPORT napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  napi_value look;
  if (napi_create_function(env, "look", NAPI_AUTO_LENGTH, LookAtAll, NULL, &look) == napi_ok)
    napi_set_named_property(env, exports, "look", look);
  return exports;
}
