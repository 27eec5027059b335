#include <map>

#include "files-handle.h"
#include "owners-debug-privilege.h"
#include "owners-ntdll.h"
#include "owners-process.h"
#include "owners-routes.h"

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

/** Rights that can keep others out. A handle for attributes alone, like our own, is in nobody's way. */
constexpr ULONG READS = FILE_READ_DATA;
constexpr ULONG WRITES = FILE_WRITE_DATA | FILE_APPEND_DATA;
constexpr ULONG HOLDS = READS | WRITES | FILE_EXECUTE | DELETE;

/** What tells a file from all others of this machine. */
struct Identity {
  DWORD volume = 0, high = 0, low = 0;
  bool operator==(const Identity& other) const {
    return volume == other.volume && high == other.high && low == other.low;
  }
};

bool Identify(HANDLE file, Identity& identity) {
  BY_HANDLE_FILE_INFORMATION found{};
  if (!GetFileInformationByHandle(file, &found)) return false;
  identity = {found.dwVolumeSerialNumber, found.nFileIndexHigh, found.nFileIndexLow};
  return true;
}

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

/** The processes that handles belong to, each opened once. */
class Processes {
 public:
  /** Null if we may not look into it. */
  HANDLE Open(DWORD pid) {
    auto known = processes_.find(pid);
    if (known == processes_.end())
      known = processes_.emplace(pid, Handle(OpenProcess(PROCESS_DUP_HANDLE, FALSE, pid))).first;
    return known->second.get();
  }

  size_t Closed() const {
    size_t count = 0;
    for (auto& [pid, process] : processes_) count += process ? 0 : 1;
    return count;
  }

 private:
  std::map<DWORD, Handle> processes_;
};

/**
 * True if the handle is one of `wanted`. Never asks a pipe or a device: those can keep us waiting for ever. Our copy is for
 * attributes alone, so that a scan at the same time does not take us for an owner.
 */
bool IsHandleOf(const Identity& wanted, const OpenHandle& open, HANDLE process) {
  HANDLE duplicated = nullptr;
  if (!DuplicateHandle(process, reinterpret_cast<HANDLE>(open.value), GetCurrentProcess(), &duplicated,
                       FILE_READ_ATTRIBUTES, FALSE, 0))
    return false;
  Handle file(duplicated);
  Identity identity;
  return GetFileType(file.get()) == FILE_TYPE_DISK && Identify(file.get(), identity) && identity == wanted;
}

/**
 * The rights of a handle that holds the file, or 0. Of another process, those it had when we looked. Of our own, those it has
 * now: its number may meanwhile be that of a handle with which another scan asks for this very file.
 */
ULONG HoldingAccess(const OpenHandle& open) {
  if (open.pid != GetCurrentProcessId()) return open.access;
  PUBLIC_OBJECT_BASIC_INFORMATION now{};
  auto handle = reinterpret_cast<HANDLE>(open.value);
  if (Ntdll::Get().queryObject(handle, ObjectBasicInformation, &now, sizeof now, nullptr) < 0) return 0;
  return now.GrantedAccess & HOLDS;
}

std::wstring InWords(ULONG access) {
  if (access & READS && access & WRITES) return L"open for reading and writing";
  if (access & WRITES) return L"open for writing";
  if (access & READS) return L"open for reading";
  return access & FILE_EXECUTE ? L"open to be run" : L"open to be deleted";
}

std::vector<Owner> OwnersOf(const std::map<DWORD, ULONG>& accessOfPid) {
  std::vector<Owner> owners;
  for (auto [pid, access] : accessOfPid) {
    Owner owner;
    owner.pid = pid;
    owner.how = InWords(access);
    owners.push_back(std::move(owner));
  }
  return owners;
}

}  // namespace

void ScanHandles(const std::wstring& path, Findings& findings) {
  DebugPrivilege privilege;
  Handle ours = OpenForMetadata(path, FILE_READ_ATTRIBUTES);
  Identity wanted;
  if (!Identify(ours.get(), wanted)) Fail("GetFileInformationByHandle");
  std::vector<ULONG_PTR> buffer = ReadOpenHandles();
  auto& handles = *reinterpret_cast<const OpenHandles*>(buffer.data());
  USHORT files = TypeOfFiles(handles, ours);

  Processes processes;
  std::map<DWORD, ULONG> accessOfPid;
  for (ULONG_PTR at = 0; at < handles.count; at++) {
    const OpenHandle& open = handles.first[at];
    if (open.type != files || !(open.access & HOLDS)) continue;
    auto pid = static_cast<DWORD>(open.pid);
    HANDLE process = processes.Open(pid);
    if (process == nullptr || !IsHandleOf(wanted, open, process)) continue;
    ULONG access = HoldingAccess(open);
    if (access == 0) continue;
    accessOfPid[pid] |= access;
    // At once, in case that a later handle keeps us.
    findings.Publish(OwnersOf(accessOfPid));
  }
  if (size_t closed = processes.Closed(); closed > 0)
    findings.Note(std::to_wstring(closed) + L" processes could not be looked into: that takes an elevated process");
  DescribeAndPublish(OwnersOf(accessOfPid), findings);
}
