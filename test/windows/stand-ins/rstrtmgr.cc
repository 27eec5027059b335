// A Restart Manager that answers what the environment says, for tests under Wine, whose own knows nobody.
//   x86_64-w64-mingw32-g++-posix -std=c++17 -O1 -shared -static -o rstrtmgr.dll rstrtmgr.cc rstrtmgr.def
// Lies in system32 and is chosen by WINEDLLOVERRIDES=rstrtmgr=n.
//
//   FAKERM_OWNERS    pid|name|service of each owner, `;` between them; `service` is empty but for services
//   FAKERM_STARTED   `wrong`: their start times belong to earlier processes of the same pid
//   FAKERM_FAIL      Function:code, the error of one function
//   FAKERM_MORE      how often RmGetList says that the list has just grown
//   FAKERM_DELAY_MS  how long RmGetList thinks
//   FAKERM_LOG       a file that every call is written to
//
// It keeps the order of calls that the documentation asks for: start, register one file, list, end.

#include <windows.h>

#include <restartmanager.h>

#include <cstdio>
#include <cwchar>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace {

// winerror.h of mingw-w64 lacks it.
constexpr DWORD NO_MORE_SESSIONS = 353;

struct Session {
  std::wstring file;
  int lists = 0;
};

std::mutex guard;
std::map<DWORD, Session> sessions;
DWORD lastSession = 0;

// Not getenv, whose copy is older than what the program that asks has just set.
std::wstring Setting(const wchar_t* name) {
  wchar_t value[4096];
  DWORD length = GetEnvironmentVariableW(name, value, 4096);
  return {value, length < 4096 ? length : 0};
}

std::vector<std::wstring> Split(const std::wstring& text, wchar_t separator) {
  std::vector<std::wstring> parts;
  for (size_t start = 0; start <= text.size();) {
    size_t end = text.find(separator, start);
    if (end == std::wstring::npos) end = text.size();
    parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

void Log(const std::wstring& line) {
  std::wstring path = Setting(L"FAKERM_LOG");
  if (path.empty()) return;
  FILE* file = _wfopen(path.c_str(), L"ab");
  if (file == nullptr) return;
  for (wchar_t unit : line) std::fputc(unit < 128 ? static_cast<char>(unit) : '?', file);
  std::fputc('\n', file);
  std::fclose(file);
}

/** The error that the environment wants of this function. */
DWORD Injected(const std::wstring& function) {
  std::vector<std::wstring> wanted = Split(Setting(L"FAKERM_FAIL"), L':');
  bool matches = wanted.size() == 2 && wanted[0] == function;
  return matches ? std::wcstoul(wanted[1].c_str(), nullptr, 0) : static_cast<DWORD>(ERROR_SUCCESS);
}

FILETIME StartOf(DWORD pid) {
  FILETIME created{1, 1}, other{};
  if (Setting(L"FAKERM_STARTED") == L"wrong") return created;
  HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid);
  if (process == nullptr) return created;
  GetProcessTimes(process, &created, &other, &other, &other);
  CloseHandle(process);
  return created;
}

RM_PROCESS_INFO InfoOf(const std::wstring& owner) {
  std::vector<std::wstring> facts = Split(owner, L'|');
  facts.resize(3);
  RM_PROCESS_INFO info{};
  info.Process.dwProcessId = std::wcstoul(facts[0].c_str(), nullptr, 10);
  info.Process.ProcessStartTime = StartOf(info.Process.dwProcessId);
  facts[1].copy(info.strAppName, CCH_RM_MAX_APP_NAME);
  facts[2].copy(info.strServiceShortName, CCH_RM_MAX_SVC_NAME);
  info.ApplicationType = facts[2].empty() ? RmUnknownApp : RmService;
  info.AppStatus = RmStatusRunning;
  info.TSSessionId = 1;
  return info;
}

std::vector<RM_PROCESS_INFO> Owners() {
  std::vector<RM_PROCESS_INFO> owners;
  for (auto& owner : Split(Setting(L"FAKERM_OWNERS"), L';'))
    if (!owner.empty()) owners.push_back(InfoOf(owner));
  return owners;
}

}  // namespace

extern "C" DWORD WINAPI StandInStartSession(DWORD* handle, DWORD flags, wchar_t* key) {
  std::lock_guard<std::mutex> lock(guard);
  Log(L"RmStartSession");
  if (DWORD error = Injected(L"RmStartSession")) return error;
  if (handle == nullptr || key == nullptr || flags != 0) return ERROR_BAD_ARGUMENTS;
  // As many as the real one has.
  if (sessions.size() >= 64) return NO_MORE_SESSIONS;
  *handle = ++lastSession;
  sessions[*handle] = {};
  std::swprintf(key, CCH_RM_SESSION_KEY + 1, L"%032lx", *handle);
  return ERROR_SUCCESS;
}

extern "C" DWORD WINAPI StandInRegisterResources(DWORD handle, UINT files, LPCWSTR names[], UINT, RM_UNIQUE_PROCESS[],
                                                 UINT, LPCWSTR[]) {
  std::lock_guard<std::mutex> lock(guard);
  Log(L"RmRegisterResources " + std::wstring(files == 1 ? names[0] : L"?"));
  if (DWORD error = Injected(L"RmRegisterResources")) return error;
  auto session = sessions.find(handle);
  if (session == sessions.end()) return ERROR_INVALID_HANDLE;
  if (files != 1 || !session->second.file.empty()) return ERROR_BAD_ARGUMENTS;
  session->second.file = names[0];
  return ERROR_SUCCESS;
}

extern "C" DWORD WINAPI StandInGetList(DWORD handle, UINT* needed, UINT* count, RM_PROCESS_INFO list[],
                                       DWORD* reasons) {
  Sleep(std::wcstoul(Setting(L"FAKERM_DELAY_MS").c_str(), nullptr, 10));
  std::lock_guard<std::mutex> lock(guard);
  Log(L"RmGetList " + std::to_wstring(*count));
  if (DWORD error = Injected(L"RmGetList")) return error;
  auto session = sessions.find(handle);
  if (session == sessions.end() || session->second.file.empty()) return ERROR_INVALID_HANDLE;
  std::vector<RM_PROCESS_INFO> owners = Owners();
  *reasons = RmRebootReasonNone;
  *needed = static_cast<UINT>(owners.size());
  int grows = std::wcstol(Setting(L"FAKERM_MORE").c_str(), nullptr, 10);
  if (session->second.lists++ < grows) *needed = *count + 1;
  if (*needed > *count) return ERROR_MORE_DATA;
  for (UINT at = 0; at < *needed; at++) list[at] = owners[at];
  *count = *needed;
  return ERROR_SUCCESS;
}

extern "C" DWORD WINAPI StandInEndSession(DWORD handle) {
  std::lock_guard<std::mutex> lock(guard);
  Log(L"RmEndSession");
  if (DWORD error = Injected(L"RmEndSession")) return error;
  return sessions.erase(handle) == 1 ? ERROR_SUCCESS : ERROR_INVALID_HANDLE;
}
