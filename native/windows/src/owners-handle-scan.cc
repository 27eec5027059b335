#include <map>
#include <memory>
#include <mutex>

#include "files-handle.h"
#include "owners-debug-privilege.h"
#include "owners-hanging.h"
#include "owners-ntdll.h"
#include "owners-open-files.h"
#include "owners-process.h"
#include "owners-routes.h"
#include "owners-sweep.h"

namespace {

/** Asking an open file can hang: whoever waits in it for a change, or for a lock, keeps all others waiting too. */
constexpr Sweep SWEEP{std::chrono::milliseconds(200), 16};

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

/** The processes that handles belong to, each opened once. */
class Processes {
 public:
  /** Null if we may not look into it. */
  HANDLE Open(DWORD pid) {
    std::lock_guard lock(guard_);
    auto known = processes_.find(pid);
    if (known == processes_.end()) known = processes_.emplace(pid, OpenNew(pid)).first;
    return known->second.get();
  }

  size_t Closed() const {
    std::lock_guard lock(guard_);
    size_t count = 0;
    for (auto& [pid, process] : processes_) count += process ? 0 : 1;
    return count;
  }

 private:
  static Handle OpenNew(DWORD pid) {
    DebugPrivilege privilege;
    return Handle(OpenProcess(PROCESS_DUP_HANDLE, FALSE, pid));
  }

  mutable std::mutex guard_;
  std::map<DWORD, Handle> processes_;
};

/**
 * True if the handle is one of `wanted`. Never asks a pipe or a device: those can keep us waiting for ever. Our copy is for
 * attributes alone, so that a scan at the same time does not take us for an owner.
 */
bool IsHandleOf(const Identity& wanted, const FileInUse& open, HANDLE process) {
  HANDLE duplicated = nullptr;
  if (!DuplicateHandle(process, reinterpret_cast<HANDLE>(open.handle), GetCurrentProcess(), &duplicated,
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
ULONG HoldingAccess(const FileInUse& open) {
  if (open.pid != GetCurrentProcessId()) return open.access;
  PUBLIC_OBJECT_BASIC_INFORMATION now{};
  auto handle = reinterpret_cast<HANDLE>(open.handle);
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

/** What the threads of one scan share; a thread that hangs keeps it. */
class Scan {
 public:
  Scan(const Handle& ours, std::shared_ptr<Findings> findings)
      : files_(ListOpenFiles(ours)), findings_(std::move(findings)) {
    if (!Identify(ours.get(), wanted_)) Fail("GetFileInformationByHandle");
  }

  size_t Count() const { return files_.size(); }
  size_t ClosedProcesses() const { return processes_.Closed(); }

  void LookAt(size_t index) {
    const FileInUse& open = files_[index];
    HANDLE process = processes_.Open(open.pid);
    if (process == nullptr || HangingFiles::Hangs(open, SWEEP.patience)) return;
    HangingFiles::Stay stay(open);
    if (!IsHandleOf(wanted_, open, process)) return;
    ULONG access = HoldingAccess(open);
    if (access != 0) Add(open.pid, access);
  }

  /** What was found; what is found later no longer counts. */
  std::vector<Owner> Close() {
    std::lock_guard lock(guard_);
    closed_ = true;
    return OwnersOf(accessOfPid_);
  }

 private:
  /** Published at once, in case that nobody can wait for the rest. */
  void Add(DWORD pid, ULONG access) {
    std::lock_guard lock(guard_);
    if (closed_) return;
    accessOfPid_[pid] |= access;
    findings_->Publish(OwnersOf(accessOfPid_));
  }

  const std::vector<FileInUse> files_;
  const std::shared_ptr<Findings> findings_;
  Identity wanted_;
  Processes processes_;
  std::mutex guard_;
  std::map<DWORD, ULONG> accessOfPid_;
  bool closed_ = false;
};

}  // namespace

void ScanHandles(const std::wstring& path, const std::shared_ptr<Findings>& findings) {
  Handle ours = OpenForMetadata(path, FILE_READ_ATTRIBUTES);
  auto scan = std::make_shared<Scan>(ours, findings);
  size_t hanging = LookAtAll(scan->Count(), [scan](size_t index) { scan->LookAt(index); }, SWEEP).size();
  std::vector<Owner> owners = scan->Close();
  if (hanging > 0) findings->Note(std::to_wstring(hanging) + L" open files did not answer");
  if (size_t closed = scan->ClosedProcesses(); closed > 0)
    findings->Note(std::to_wstring(closed) + L" processes could not be looked into: that takes an elevated process");
  DescribeAndPublish(std::move(owners), *findings);
}
