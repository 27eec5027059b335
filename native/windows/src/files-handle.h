#pragma once

#include <windows.h>

#include <memory>
#include <string>
#include <utility>

#include "files-failure.h"

/** Owns a kernel handle; closes it when it goes. */
class Handle {
 public:
  Handle() = default;
  explicit Handle(HANDLE handle) : handle_(handle == INVALID_HANDLE_VALUE ? nullptr : handle) {}
  Handle(Handle&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Handle() {
    if (handle_ != nullptr) CloseHandle(handle_);
  }

  explicit operator bool() const { return handle_ != nullptr; }
  HANDLE get() const { return handle_; }

 private:
  HANDLE handle_ = nullptr;
};

struct FreeLocal {
  void operator()(void* memory) const { LocalFree(memory); }
};

/** Owns memory that Windows wants back by LocalFree. */
template <typename T>
using LocalMemory = std::unique_ptr<T, FreeLocal>;

/**
 * Opens a file or directory for its metadata: never its data, never the target of a link, never by fetching it from
 * elsewhere, and without getting into anybody's way. Throws Failure.
 */
inline Handle OpenForMetadata(const std::wstring& path, DWORD access) {
  constexpr DWORD shareAll = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  constexpr DWORD flags = FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_OPEN_NO_RECALL;
  Handle file(CreateFileW(path.c_str(), access, shareAll, nullptr, OPEN_EXISTING, flags, nullptr));
  if (!file) Fail("CreateFileW");
  return file;
}
