// Holds a file so that nobody else can open it: lock.exe FILE SECONDS. Prints its process id once it does.

#include <windows.h>

#include <cstdio>
#include <cstdlib>

int wmain(int count, wchar_t** args) {
  if (count < 3) return 2;
  const HANDLE file = CreateFileW(args[1], GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_EXISTING, 0, nullptr);
  if (file == INVALID_HANDLE_VALUE) {
    std::fprintf(stderr, "cannot lock: %lu\n", GetLastError());
    return 1;
  }
  std::printf("%lu\n", GetCurrentProcessId());
  std::fflush(stdout);
  Sleep(static_cast<DWORD>(wcstoul(args[2], nullptr, 10)) * 1000);
  CloseHandle(file);
  return 0;
}
