#pragma once

#include <cstdint>
#include <string>
#include <vector>

struct AlternateStream {
  /** `zone`, where the file system says `:zone:$DATA`. */
  std::wstring name;
  /** Bytes. */
  int64_t size;
};

/** The data streams of a file or directory but for the unnamed one; none where the file system knows no streams. Throws Failure. */
std::vector<AlternateStream> AlternateStreams(const std::wstring& path);
