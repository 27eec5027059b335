/*
 * A directory, listed and looked at, in the order of its names' bytes.
 */
#ifndef BMCLOUD_LISTING_H
#define BMCLOUD_LISTING_H

#include "record.h"

/* Names of a directory that one listing holds. */
enum { MOST_NAMES = 511, MOST_RECORDS };

struct listing {
  /* Before: the path, with a zero byte at its end. After: names, each with one. Half of it serves to put them in order. */
  char *names;
  size_t room;
  /* One for each name, in the same order, and the last of MOST_RECORDS for the directory itself. */
  struct record *records;
  /* Of names, in bytes. -1: it could not be listed, or does not fit. */
  int64_t length;
};

/*
 * Only files and links are looked at: what is a directory may be a mount point, and to look at one whose server is away takes for ever.
 * Whether it is to be looked at is for others to say, who know the rules. The directory itself is looked at by what was opened, so that
 * they see whether it is the one they mean.
 */
void ListAndLook(struct listing *listing);

#endif
