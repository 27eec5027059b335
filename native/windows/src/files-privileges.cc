#include "files-privileges.h"

#include <atomic>

namespace {

std::atomic<bool> auditGranted{false};

}  // namespace

bool EnablePrivilege(const Handle& token, const wchar_t* name) {
  TOKEN_PRIVILEGES wanted{};
  wanted.PrivilegeCount = 1;
  wanted.Privileges[0].Attributes = SE_PRIVILEGE_ENABLED;
  if (!LookupPrivilegeValueW(nullptr, name, &wanted.Privileges[0].Luid)) Fail("LookupPrivilegeValueW");
  if (!AdjustTokenPrivileges(token.get(), FALSE, &wanted, 0, nullptr, nullptr)) Fail("AdjustTokenPrivileges");
  // It succeeds without granting anything, and then says so here.
  return GetLastError() != ERROR_NOT_ALL_ASSIGNED;
}

std::vector<std::wstring> EnableBackupPrivileges() {
  HANDLE opened = nullptr;
  if (!OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY, &opened))
    Fail("OpenProcessToken");
  Handle token(opened);
  std::vector<std::wstring> granted;
  for (const wchar_t* name : {L"SeBackupPrivilege", L"SeRestorePrivilege", L"SeSecurityPrivilege"})
    if (EnablePrivilege(token, name)) granted.emplace_back(name);
  if (!granted.empty() && granted.back() == L"SeSecurityPrivilege") auditGranted = true;
  return granted;
}

bool MayReadAudit() { return auditGranted; }
