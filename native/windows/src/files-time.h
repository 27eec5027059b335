#pragma once

#include <cstdint>

/** From 1601, where FILETIMEs begin, to 1970, in steps of 100 ns. */
constexpr int64_t UNIX_EPOCH = 116444736000000000;

/** A count that outgrows 64 bits: a FILETIME of 0 already does. */
struct SplitNanoseconds {
  bool negative;
  /** Least significant first. */
  uint64_t words[2];
};

/** Nanoseconds since 1970 of a FILETIME. */
inline SplitNanoseconds ToUnixNanoseconds(int64_t fileTime) {
  bool negative = fileTime < UNIX_EPOCH;
  // Unsigned, since the distance of two int64s can need 64 bits.
  uint64_t steps = negative ? static_cast<uint64_t>(UNIX_EPOCH) - static_cast<uint64_t>(fileTime)
                            : static_cast<uint64_t>(fileTime) - static_cast<uint64_t>(UNIX_EPOCH);
  uint64_t low = (steps & 0xFFFFFFFF) * 100;
  uint64_t high = (steps >> 32) * 100 + (low >> 32);
  return {negative, {high << 32 | (low & 0xFFFFFFFF), high >> 32}};
}

/** The FILETIME of nanoseconds since 1970, rounded down; below 0 for times before 1601. */
inline int64_t ToFileTime(int64_t unixNanoseconds) {
  int64_t steps = unixNanoseconds / 100 - (unixNanoseconds % 100 < 0 ? 1 : 0);
  return steps + UNIX_EPOCH;
}
