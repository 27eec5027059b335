#pragma once

#include <windows.h>

#include <vector>

#include "files-handle.h"

/** Rights that can keep others out. A handle for attributes alone is in nobody's way. */
constexpr ULONG READS = FILE_READ_DATA;
constexpr ULONG WRITES = FILE_WRITE_DATA | FILE_APPEND_DATA;
constexpr ULONG HOLDS = READS | WRITES | FILE_EXECUTE | DELETE;

/** A handle of some process, as the system numbers it. */
struct FileInUse {
  DWORD pid;
  ULONG_PTR handle;
  /** Rights. */
  ULONG access;

  bool operator<(const FileInUse& other) const {
    return pid != other.pid ? pid < other.pid : handle < other.handle;
  }
};

/**
 * The handles of all processes that are files (or directories, pipes, devices: the system does not tell them apart) and open
 * with one of the rights above. `ours` is a handle of us that is a file. Throws Failure.
 */
std::vector<FileInUse> ListOpenFiles(const Handle& ours);
