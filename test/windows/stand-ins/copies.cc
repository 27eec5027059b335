#include "copies.h"

#include <windows.h>

namespace {

constexpr wchar_t devices[] = L"\\\\?\\GLOBALROOT\\Device";
constexpr DWORD longestRun = 120000;
constexpr DWORD snapshotsOfProcess = 100;

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

/** Runs a script of the shell. Wine gives no handle of such a process: a file appears when it is done. */
bool runShell(const std::string& script) {
  wchar_t folder[MAX_PATH], marker[MAX_PATH];
  GetTempPathW(MAX_PATH, folder);
  GetTempFileNameW(folder, L"vss", 0, marker);
  const std::string unixMarker = unixPathOf(marker);
  DeleteFileW(marker);
  const std::string whole = "( " + script + " ) </dev/null >/dev/null 2>&1; echo $? > " + quoted(unixMarker + ".part") +
                            "; mv " + quoted(unixMarker + ".part") + " " + quoted(unixMarker);
  std::wstring command = L"Z:\\bin\\sh -c \"" + std::wstring(whole.begin(), whole.end()) + L"\"";
  STARTUPINFOW startup{};
  startup.cb = sizeof startup;
  PROCESS_INFORMATION process{};
  if (!CreateProcessW(L"Z:\\bin\\sh", command.data(), nullptr, nullptr, FALSE, 0, nullptr, nullptr, &startup, &process))
    return false;
  if (process.hProcess) CloseHandle(process.hProcess);
  if (process.hThread) CloseHandle(process.hThread);
  const ULONGLONG end = GetTickCount64() + longestRun;
  while (GetFileAttributesW(marker) == INVALID_FILE_ATTRIBUTES && GetTickCount64() < end) Sleep(2);
  char code = '?';
  DWORD read = 0;
  const HANDLE file = CreateFileW(marker, GENERIC_READ, FILE_SHARE_READ, nullptr, OPEN_EXISTING, 0, nullptr);
  if (file == INVALID_HANDLE_VALUE) return false;
  ReadFile(file, &code, 1, &read, nullptr);
  CloseHandle(file);
  DeleteFileW(marker);
  return code == '0';
}

}  // namespace

std::string unixPathOf(const std::wstring& path) {
  using UnixName = char*(CDECL*)(LPCWSTR);
  const auto kernel = GetModuleHandleW(L"kernel32.dll");
  const auto convert =
      reinterpret_cast<UnixName>(reinterpret_cast<void*>(GetProcAddress(kernel, "wine_get_unix_file_name")));
  char* name = convert == nullptr ? nullptr : convert(path.c_str());
  if (name == nullptr) return "";
  std::string result = name;
  HeapFree(GetProcessHeap(), 0, name);
  while (result.size() > 1 && result.back() == '/') result.pop_back();
  return result;
}

std::wstring copyVolume(const std::wstring& volume) {
  // So that tests know whose a snapshot is.
  const DWORD first = GetCurrentProcessId() * snapshotsOfProcess;
  for (DWORD number = first; number < first + snapshotsOfProcess; number++) {
    const std::wstring device = std::wstring(devices) + L"\\HarddiskVolumeShadowCopy" + std::to_wstring(number);
    if (!CreateDirectoryW(device.c_str(), nullptr)) {
      if (GetLastError() == ERROR_ALREADY_EXISTS) continue;
      return L"";
    }
    // Of a system volume all but Windows itself, which is large and nobody's data here. A file that goes away
    // meanwhile is none that a moment would have to hold.
    const std::string script = "cd " + quoted(unixPathOf(volume)) +
                               " && { find . -mindepth 1 -maxdepth 1 ! -name windows -exec cp -a --reflink=auto -t " +
                               quoted(unixPathOf(device)) + " {} + ; true; }";
    return runShell(script) ? device : L"";
  }
  return L"";
}

bool removeCopy(const std::wstring& device) { return runShell("rm -rf " + quoted(unixPathOf(device))); }
