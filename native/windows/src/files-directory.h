#pragma once

#include <cstdint>
#include <string>
#include <vector>

/** What a directory says of one of its entries. Times are FILETIMEs: steps of 100 ns since 1601. */
struct FileFacts {
  uint32_t attributes = 0;
  /** 0 where there is no reparse point. */
  uint32_t reparseTag = 0;
  /** Bytes. */
  int64_t size = 0;
  int64_t modified = 0;
  int64_t changed = 0;
  int64_t created = 0;
  uint64_t fileId = 0;
};

struct DirectoryEntry {
  std::wstring name;
  FileFacts facts;
};

/** The entries of a directory but for `.` and `..`, as the file system orders them. Throws Failure. */
std::vector<DirectoryEntry> ListDirectory(const std::wstring& path);
