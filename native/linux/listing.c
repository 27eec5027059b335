#include "listing.h"

#include <stdbool.h>

/* A record of getdents64(2). */
struct entry {
  uint64_t inode;
  int64_t position;
  uint16_t length;
  uint8_t type;
  char name[];
};

/* Types of entries, readdir(3). */
enum { LINK = 10, FILE = 8 };

struct name {
  const char *text;
  uint8_t type;
};

/* The names of a directory as they come. */
struct found {
  struct name names[MOST_NAMES];
  uint32_t count;
  char *end;
};

static bool IsDots(const char *name) { return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0)); }

/* Returns where it ends, or NULL where there is no room before `limit`. */
static char *Copy(char *to, const char *limit, const char *text) {
  for (;;) {
    if (to == limit) return NULL;
    if ((*to++ = *text++) == 0) return to;
  }
}

static bool Keep(struct found *found, const char *limit, const struct entry *entry) {
  if (IsDots(entry->name)) return true;
  if (found->count == MOST_NAMES) return false;
  char *end = Copy(found->end, limit, entry->name);
  if (end == NULL) return false;
  found->names[found->count++] = (struct name){found->end, entry->type};
  found->end = end;
  return true;
}

/* Returns whether all names are found. */
static bool FindNames(long directory, struct found *found, const char *limit) {
  _Alignas(8) char entries[32 * 1024];
  for (;;) {
    long filled = ReadEntries(directory, entries, sizeof entries);
    if (filled <= 0) return filled == 0;
    for (long at = 0; at < filled;) {
      const struct entry *entry = (const struct entry *)(entries + at);
      if (!Keep(found, limit, entry)) return false;
      at += entry->length;
    }
  }
}

static bool IsBefore(const char *a, const char *b) {
  while (*a != 0 && *a == *b) a++, b++;
  return (uint8_t)*a < (uint8_t)*b;
}

/* Shell's sort: few names, and no library. */
static void Sort(struct name *names, uint32_t count) {
  static const uint32_t gaps[] = {301, 132, 57, 23, 10, 4, 1};
  for (uint32_t step = 0; step < sizeof gaps / sizeof *gaps; step++)
    for (uint32_t gap = gaps[step], at = gap; at < count; at++) {
      struct name moving = names[at];
      uint32_t to = at;
      for (; to >= gap && IsBefore(moving.text, names[to - gap].text); to -= gap) names[to] = names[to - gap];
      names[to] = moving;
    }
}

/* They lie in the upper half of the room, and are told in the lower one. */
static void Tell(struct listing *listing, long directory, const struct found *found) {
  char *end = listing->names;
  for (uint32_t at = 0; at < found->count; at++) {
    const struct name *name = &found->names[at];
    struct record *record = &listing->records[at];
    end = Copy(end, listing->names + listing->room / 2, name->text);
    if (name->type == FILE || name->type == LINK)
      Look(directory, name->text, record);
    else
      LeaveOut(record);
  }
  listing->length = end - listing->names;
}

void ListAndLook(struct listing *listing) {
  struct found found;
  found.count = 0;
  found.end = listing->names + listing->room / 2;
  listing->length = -1;
  long directory = OpenDirectory(listing->names, O_RDONLY | O_NOFOLLOW);
  if (directory < 0) return;
  Look(directory, "", &listing->records[MOST_NAMES]);
  // As much room as there is below, so that all that is found can be told.
  if (FindNames(directory, &found, listing->names + listing->room / 2 * 2)) {
    Sort(found.names, found.count);
    Tell(listing, directory, &found);
  }
  Close(directory);
}
