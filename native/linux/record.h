/*
 * The record of a file, as src/scan/records.ts reads it.
 */
#ifndef BMCLOUD_RECORD_H
#define BMCLOUD_RECORD_H

#include "kernel.h"

/* Doubles, but for the last two. All but the first are only there where that is 0. */
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
  READ,   /* bytes that were read of it; only where it was to be read */
  FIELDS,
};

union number {
  double number;
  uint64_t integer;
};

struct record {
  union number fields[FIELDS];
};

/* Fills the record of a name in a directory; no name is the directory itself. */
void Look(long directory, const char *name, struct record *record);

/* Says in a record that nobody looked. */
void LeaveOut(struct record *record);

#endif
