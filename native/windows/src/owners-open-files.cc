#include "owners-open-files.h"

#include "owners-ntdll.h"

namespace {

const auto EXTENDED_HANDLE_INFORMATION = static_cast<SYSTEM_INFORMATION_CLASS>(64);

struct OpenHandle {
  void* object;
  ULONG_PTR pid;
  ULONG_PTR value;
  ULONG access;
  USHORT backTrace;
  USHORT type;
  ULONG attributes;
  ULONG reserved;
};

struct OpenHandles {
  ULONG_PTR count;
  ULONG_PTR reserved;
  OpenHandle first[1];
};

/** OpenHandles as bytes, of all processes. */
std::vector<ULONG_PTR> ReadOpenHandles() {
  const Ntdll& ntdll = Ntdll::Get();
  for (size_t bytes = 1 << 20; bytes <= 1 << 30; bytes *= 2) {
    std::vector<ULONG_PTR> buffer(bytes / sizeof(ULONG_PTR));
    ULONG needed = 0;
    NTSTATUS status =
        ntdll.querySystem(EXTENDED_HANDLE_INFORMATION, buffer.data(), static_cast<ULONG>(bytes), &needed);
    if (status == INFO_LENGTH_MISMATCH) continue;
    if (status < 0) ntdll.FailWith("NtQuerySystemInformation(SystemExtendedHandleInformation)", status);
    return buffer;
  }
  Fail("NtQuerySystemInformation(SystemExtendedHandleInformation)", ERROR_MORE_DATA);
}

/** Which of the system's type numbers means "file": the one of a handle that we know to be one. */
USHORT TypeOfFiles(const OpenHandles& handles, const Handle& ours) {
  for (ULONG_PTR at = 0; at < handles.count; at++) {
    const OpenHandle& open = handles.first[at];
    if (open.pid == GetCurrentProcessId() && open.value == reinterpret_cast<ULONG_PTR>(ours.get()))
      return open.type;
  }
  Fail("NtQuerySystemInformation(SystemExtendedHandleInformation)", ERROR_NOT_FOUND);
}

}  // namespace

std::vector<FileInUse> ListOpenFiles(const Handle& ours) {
  std::vector<ULONG_PTR> buffer = ReadOpenHandles();
  auto& handles = *reinterpret_cast<const OpenHandles*>(buffer.data());
  USHORT type = TypeOfFiles(handles, ours);
  std::vector<FileInUse> files;
  for (ULONG_PTR at = 0; at < handles.count; at++) {
    const OpenHandle& open = handles.first[at];
    if (open.type != type || !(open.access & HOLDS)) continue;
    files.push_back({static_cast<DWORD>(open.pid), open.value, open.access});
  }
  return files;
}
