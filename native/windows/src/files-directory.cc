#include "files-directory.h"

#include <windows.h>

#include "files-handle.h"
#include "files-placeholders.h"

namespace {

constexpr DWORD BUFFER_BYTES = 64 * 1024;

bool IsDots(const std::wstring& name) { return name == L"." || name == L".."; }

DirectoryEntry EntryOf(const FILE_ID_BOTH_DIR_INFO& found) {
  DirectoryEntry entry;
  entry.name.assign(found.FileName, found.FileNameLength / sizeof(wchar_t));
  entry.facts.attributes = found.FileAttributes;
  // Where there is a reparse point, this field is not the size of extended attributes but the tag.
  if (found.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) entry.facts.reparseTag = found.EaSize;
  entry.facts.size = found.EndOfFile.QuadPart;
  entry.facts.modified = found.LastWriteTime.QuadPart;
  entry.facts.changed = found.ChangeTime.QuadPart;
  entry.facts.created = found.CreationTime.QuadPart;
  entry.facts.fileId = static_cast<uint64_t>(found.FileId.QuadPart);
  return entry;
}

void TakeEntries(const std::byte* buffer, std::vector<DirectoryEntry>& entries) {
  for (;;) {
    auto& found = *reinterpret_cast<const FILE_ID_BOTH_DIR_INFO*>(buffer);
    DirectoryEntry entry = EntryOf(found);
    if (!IsDots(entry.name)) entries.push_back(std::move(entry));
    if (found.NextEntryOffset == 0) return;
    buffer += found.NextEntryOffset;
  }
}

/**
 * With a last backslash: the root of a shadow copy is only that with it, and what is no directory is refused before it is
 * opened.
 */
Handle OpenDirectory(std::wstring path) {
  if (path.empty() || path.back() != L'\\') path += L'\\';
  constexpr DWORD shareAll = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  Handle directory(CreateFileW(path.c_str(), FILE_LIST_DIRECTORY, shareAll, nullptr, OPEN_EXISTING,
                               FILE_FLAG_BACKUP_SEMANTICS, nullptr));
  if (!directory) Fail("CreateFileW");
  return directory;
}

}  // namespace

std::vector<DirectoryEntry> ListDirectory(const std::wstring& path) {
  ExposedPlaceholders exposed;
  Handle directory = OpenDirectory(path);
  std::vector<DirectoryEntry> entries;
  // The records want 8-byte alignment, which a vector of bytes from operator new has.
  std::vector<std::byte> buffer(BUFFER_BYTES);
  while (GetFileInformationByHandleEx(directory.get(), FileIdBothDirectoryInfo, buffer.data(), BUFFER_BYTES))
    TakeEntries(buffer.data(), entries);
  DWORD code = GetLastError();
  // The root of an empty volume has not even `.`, and says "not found".
  if (code == ERROR_FILE_NOT_FOUND && entries.empty()) return entries;
  if (code != ERROR_NO_MORE_FILES) Fail("GetFileInformationByHandleEx(FileIdBothDirectoryInfo)", code);
  return entries;
}
