#include "files-streams.h"

#include <windows.h>

#include <cstddef>

#include "files-handle.h"

namespace {

const std::wstring DATA = L":$DATA";

/** True for what a file system answers that keeps no streams, or a directory without one. */
bool MeansNone(DWORD code) {
  return code == ERROR_HANDLE_EOF || code == ERROR_INVALID_FUNCTION || code == ERROR_NOT_SUPPORTED ||
         code == ERROR_INVALID_PARAMETER || code == ERROR_CALL_NOT_IMPLEMENTED;
}

/** FILE_STREAM_INFO records; empty where there are no streams. The buffer grows until all fit. */
std::vector<std::byte> ReadStreamRecords(const Handle& file) {
  for (size_t bytes = 4096;; bytes *= 4) {
    std::vector<std::byte> buffer(bytes);
    if (GetFileInformationByHandleEx(file.get(), FileStreamInfo, buffer.data(), static_cast<DWORD>(bytes)))
      return buffer;
    DWORD code = GetLastError();
    if (MeansNone(code)) return {};
    if (code != ERROR_MORE_DATA && code != ERROR_INSUFFICIENT_BUFFER)
      Fail("GetFileInformationByHandleEx(FileStreamInfo)", code);
  }
}

/** `zone` of `:zone:$DATA`; empty for the unnamed stream and for what is not data. */
std::wstring DataNameOf(const std::wstring& full) {
  if (full.size() <= 1 + DATA.size() || full.front() != L':') return {};
  if (full.compare(full.size() - DATA.size(), DATA.size(), DATA) != 0) return {};
  return full.substr(1, full.size() - 1 - DATA.size());
}

}  // namespace

std::vector<AlternateStream> AlternateStreams(const std::wstring& path) {
  Handle file = OpenForMetadata(path, FILE_READ_ATTRIBUTES);
  std::vector<std::byte> records = ReadStreamRecords(file);
  std::vector<AlternateStream> streams;
  if (records.empty()) return streams;
  for (const std::byte* next = records.data();;) {
    auto& found = *reinterpret_cast<const FILE_STREAM_INFO*>(next);
    std::wstring name = DataNameOf({found.StreamName, found.StreamNameLength / sizeof(wchar_t)});
    if (!name.empty()) streams.push_back({std::move(name), found.StreamSize.QuadPart});
    if (found.NextEntryOffset == 0) return streams;
    next += found.NextEntryOffset;
  }
}
