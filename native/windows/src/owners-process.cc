#include "owners-process.h"

#include <windows.h>
// After windows.h, which it needs.
#include <sddl.h>

#include "files-handle.h"
#include "owners-ntdll.h"

namespace {

constexpr DWORD LONGEST_PATH = 32768;

Handle OpenForQuery(DWORD pid) { return Handle(OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid)); }

/** False if the pid has since been given to another process. */
bool IsSame(const Handle& process, const Owner& owner) {
  if (owner.started == 0) return true;
  FILETIME created{}, other{};
  if (!GetProcessTimes(process.get(), &created, &other, &other, &other)) return true;
  return (static_cast<int64_t>(created.dwHighDateTime) << 32 | created.dwLowDateTime) == owner.started;
}

std::wstring ImagePathOf(const Handle& process) {
  std::wstring path(LONGEST_PATH, L'\0');
  DWORD length = LONGEST_PATH;
  if (!QueryFullProcessImageNameW(process.get(), 0, path.data(), &length)) return {};
  path.resize(length);
  return path;
}

/** The image of a process that we may not open, as a device path. */
std::wstring DevicePathOf(DWORD pid) {
  struct {
    HANDLE pid;
    UNICODE_STRING image;
  } asked{};
  const auto PROCESS_ID_INFORMATION = static_cast<SYSTEM_INFORMATION_CLASS>(88);
  std::wstring path(LONGEST_PATH - 2, L'\0');
  asked.pid = reinterpret_cast<HANDLE>(static_cast<ULONG_PTR>(pid));
  asked.image.Buffer = path.data();
  asked.image.MaximumLength = static_cast<USHORT>(path.size() * sizeof(wchar_t));
  if (Ntdll::Get().querySystem(PROCESS_ID_INFORMATION, &asked, sizeof asked, nullptr) < 0) return {};
  path.resize(asked.image.Length / sizeof(wchar_t));
  return path;
}

std::wstring BaseName(const std::wstring& path) { return path.substr(path.find_last_of(L'\\') + 1); }

void NameProgram(Owner& owner, const Handle& process) {
  constexpr DWORD SYSTEM_PID = 4;
  if (process) owner.path = ImagePathOf(process);
  if (!owner.path.empty()) owner.program = BaseName(owner.path);
  if (owner.program.empty()) owner.program = BaseName(DevicePathOf(owner.pid));
  if (owner.program.empty()) owner.program = owner.pid == SYSTEM_PID ? L"System" : L"unknown";
}

/** `DOMAIN\name`; the identifier itself if nobody knows its name. May ask a domain controller, and wait for it. */
std::wstring AccountOf(PSID sid) {
  wchar_t name[256], domain[256];
  DWORD nameLength = 256, domainLength = 256;
  SID_NAME_USE use;
  if (LookupAccountSidW(nullptr, sid, name, &nameLength, domain, &domainLength, &use))
    return domainLength == 0 ? name : std::wstring(domain) + L"\\" + name;
  wchar_t* text = nullptr;
  if (!ConvertSidToStringSidW(sid, &text)) return {};
  return LocalMemory<wchar_t>(text).get();
}

std::wstring UserOf(const Handle& process) {
  HANDLE opened = nullptr;
  if (!OpenProcessToken(process.get(), TOKEN_QUERY, &opened)) return {};
  Handle token(opened);
  alignas(TOKEN_USER) std::byte buffer[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
  DWORD length = 0;
  if (!GetTokenInformation(token.get(), TokenUser, buffer, sizeof buffer, &length)) return {};
  return AccountOf(reinterpret_cast<const TOKEN_USER*>(buffer)->User.Sid);
}

}  // namespace

void DescribeAndPublish(std::vector<Owner> owners, Findings& findings) {
  std::vector<Handle> processes;
  for (Owner& owner : owners) {
    Handle process = OpenForQuery(owner.pid);
    if (process && !IsSame(process, owner)) process = Handle();
    NameProgram(owner, process);
    processes.push_back(std::move(process));
  }
  findings.Publish(owners);
  for (size_t at = 0; at < owners.size(); at++) {
    if (!processes[at]) continue;
    owners[at].user = UserOf(processes[at]);
    findings.Publish(owners);
  }
}
