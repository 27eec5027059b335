#include "files-failure.h"

#include <algorithm>
#include <iterator>

#include "files-handle.h"

std::wstring TextOf(DWORD code) {
  wchar_t* buffer = nullptr;
  DWORD flags = FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS;
  DWORD length = FormatMessageW(flags, nullptr, code, 0, reinterpret_cast<wchar_t*>(&buffer), 0, nullptr);
  LocalMemory<wchar_t> owned(buffer);
  std::wstring text(length == 0 ? L"" : buffer, length);
  text.erase(std::remove(text.begin(), text.end(), L'\r'), text.end());
  while (!text.empty() && (text.back() == L'\n' || text.back() == L' ')) text.pop_back();
  std::replace(text.begin(), text.end(), L'\n', L' ');
  return text;
}

std::wstring Describe(const Failure& failure) {
  std::wstring step(failure.step.begin(), failure.step.end());
  std::wstring text = TextOf(failure.code);
  std::wstring number = L"error " + std::to_wstring(failure.code);
  return step + L": " + (text.empty() ? number : text + L" (" + number + L")");
}

const char* SystemNameOf(DWORD code) {
  static const struct {
    DWORD code;
    const char* name;
  } names[] = {
      {ERROR_FILE_NOT_FOUND, "ENOENT"},    {ERROR_PATH_NOT_FOUND, "ENOENT"},
      {ERROR_INVALID_NAME, "ENOENT"},      {ERROR_INVALID_DRIVE, "ENOENT"},
      {ERROR_BAD_NETPATH, "ENOENT"},       {ERROR_BAD_NET_NAME, "ENOENT"},
      {ERROR_DIRECTORY, "ENOTDIR"},        {ERROR_ACCESS_DENIED, "EPERM"},
      {ERROR_PRIVILEGE_NOT_HELD, "EPERM"}, {ERROR_INVALID_OWNER, "EPERM"},
      {ERROR_SHARING_VIOLATION, "EBUSY"},  {ERROR_LOCK_VIOLATION, "EBUSY"},
      {ERROR_NOT_READY, "EBUSY"},          {ERROR_DISK_FULL, "ENOSPC"},
      {ERROR_WRITE_PROTECT, "EROFS"},      {ERROR_NOT_SUPPORTED, "ENOTSUP"},
      {ERROR_INVALID_PARAMETER, "EINVAL"}, {ERROR_CANT_RESOLVE_FILENAME, "ELOOP"},
      {ERROR_CRC, "EIO"},                  {ERROR_IO_DEVICE, "EIO"},
      {ERROR_INVALID_LEVEL, "ENOTSUP"},    {ERROR_CALL_NOT_IMPLEMENTED, "ENOTSUP"},
      {ERROR_ALREADY_EXISTS, "EEXIST"},    {ERROR_FILE_EXISTS, "EEXIST"},
  };
  auto found = std::find_if(std::begin(names), std::end(names), [&](auto& row) { return row.code == code; });
  return found == std::end(names) ? nullptr : found->name;
}
