#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <vector>

/** Looks at one of many; may never return. */
using Look = std::function<void(size_t index)>;

struct Sweep {
  /** How long a look may take before the next one is begun without it. */
  std::chrono::milliseconds patience;
  /** After so many that hang, the rest is not looked at. */
  size_t mostHanging;
};

/**
 * Looks at 0, 1, … up to `count`, one after the other, in a thread beside this one; where a look hangs, another thread goes on
 * behind it. Returns those that hang: their threads, and `look` with them, stay until they come back. Throws Failure.
 */
std::vector<size_t> LookAtAll(size_t count, Look look, Sweep sweep);
