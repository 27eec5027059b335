#pragma once

#include <cstdint>
#include <string>

#include "files-directory.h"

/** What a handle to the file tells, beyond its directory's word. */
struct FileStatus {
  FileFacts facts;
  uint32_t volume = 0;
  uint32_t links = 0;
};

/** Of the path itself, not of what it links to. Opens no data, so a placeholder stays one and a locked file answers. Throws Failure. */
FileStatus ReadFileStatus(const std::wstring& path);

/** Sets what can be set: read-only, hidden, system, archive, temporary, not indexed. Other bits are left out. Throws Failure. */
void SetAttributes(const std::wstring& path, uint32_t attributes);

/** Sets the creation time, a FILETIME, and leaves the other times. Throws Failure. */
void SetCreationTime(const std::wstring& path, int64_t fileTime);
