#include "files-attributes.h"

#include <windows.h>

#include "files-handle.h"
#include "files-placeholders.h"

namespace {

// Not OFFLINE: the data of a restored file is here. Not COMPRESSED, ENCRYPTED, SPARSE: those are set by other means.
constexpr DWORD SETTABLE = FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM |
                           FILE_ATTRIBUTE_ARCHIVE | FILE_ATTRIBUTE_TEMPORARY |
                           FILE_ATTRIBUTE_NOT_CONTENT_INDEXED;

template <typename T>
T InformationOf(const Handle& file, FILE_INFO_BY_HANDLE_CLASS kind, const char* step) {
  T information{};
  if (!GetFileInformationByHandleEx(file.get(), kind, &information, sizeof information)) Fail(step);
  return information;
}

/** The tag is not asked for where there is no reparse point: not every file system answers. */
uint32_t ReparseTagOf(const Handle& file, DWORD attributes) {
  if (!(attributes & FILE_ATTRIBUTE_REPARSE_POINT)) return 0;
  return InformationOf<FILE_ATTRIBUTE_TAG_INFO>(file, FileAttributeTagInfo,
                                                "GetFileInformationByHandleEx(FileAttributeTagInfo)")
      .ReparseTag;
}

}  // namespace

FileStatus ReadFileStatus(const std::wstring& path) {
  ExposedPlaceholders exposed;
  Handle file = OpenForMetadata(path, FILE_READ_ATTRIBUTES);
  BY_HANDLE_FILE_INFORMATION found{};
  if (!GetFileInformationByHandle(file.get(), &found)) Fail("GetFileInformationByHandle");
  auto times = InformationOf<FILE_BASIC_INFO>(file, FileBasicInfo, "GetFileInformationByHandleEx(FileBasicInfo)");

  FileStatus status;
  status.facts.attributes = times.FileAttributes;
  status.facts.reparseTag = ReparseTagOf(file, times.FileAttributes);
  status.facts.size = static_cast<int64_t>(found.nFileSizeHigh) << 32 | found.nFileSizeLow;
  status.facts.modified = times.LastWriteTime.QuadPart;
  status.facts.changed = times.ChangeTime.QuadPart;
  status.facts.created = times.CreationTime.QuadPart;
  status.facts.fileId = static_cast<uint64_t>(found.nFileIndexHigh) << 32 | found.nFileIndexLow;
  status.volume = found.dwVolumeSerialNumber;
  status.links = found.nNumberOfLinks;
  return status;
}

void SetAttributes(const std::wstring& path, uint32_t attributes) {
  DWORD settable = attributes & SETTABLE;
  if (!SetFileAttributesW(path.c_str(), settable == 0 ? FILE_ATTRIBUTE_NORMAL : settable))
    Fail("SetFileAttributesW");
}

void SetCreationTime(const std::wstring& path, int64_t fileTime) {
  Handle file = OpenForMetadata(path, FILE_WRITE_ATTRIBUTES);
  FILETIME created{static_cast<DWORD>(fileTime), static_cast<DWORD>(fileTime >> 32)};
  if (!SetFileTime(file.get(), &created, nullptr, nullptr)) Fail("SetFileTime");
}
