#include "record.h"

/* makedev(3). */
static uint64_t DeviceOf(uint64_t major, uint64_t minor) {
  return ((major & 0xfffff000u) << 32) | ((major & 0xfffu) << 8) | ((minor & 0xffffff00u) << 12) | (minor & 0xffu);
}

static void Fill(union number *fields, const struct statx *seen) {
  fields[MODE].number = seen->stx_mode;
  fields[LINKS].number = seen->stx_nlink;
  fields[UID].number = seen->stx_uid;
  fields[GID].number = seen->stx_gid;
  fields[RAW_DEVICE].number = (double)DeviceOf(seen->stx_rdev_major, seen->stx_rdev_minor);
  fields[SIZE].number = (double)seen->stx_size;
  fields[MTIME].number = (double)seen->stx_mtime.tv_sec;
  fields[MTIME_NANOS].number = seen->stx_mtime.tv_nsec;
  fields[CTIME].number = (double)seen->stx_ctime.tv_sec;
  fields[CTIME_NANOS].number = seen->stx_ctime.tv_nsec;
  fields[BIRTH_TIME].number = (double)seen->stx_btime.tv_sec;
  fields[BIRTH_TIME_NANOS].number = seen->stx_btime.tv_nsec;
  fields[DEVICE].integer = DeviceOf(seen->stx_dev_major, seen->stx_dev_minor);
  fields[INODE].integer = seen->stx_ino;
}

void Look(long directory, const char *name, struct record *record) {
  struct statx seen;
  long failed = directory < 0 ? directory : Stat(directory, name, &seen);
  record->fields[FAILED].number = (double)failed;
  if (failed == 0) Fill(record->fields, &seen);
}

void LeaveOut(struct record *record) { record->fields[FAILED].number = 1; }
