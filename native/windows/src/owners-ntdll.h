#pragma once

#include <windows.h>
// After windows.h, which it needs.
#include <winternl.h>

#include "files-failure.h"

/** What we use of ntdll.dll, which every process has loaded. Looked up by name: it has no import library everywhere. */
struct Ntdll {
  decltype(&::NtQuerySystemInformation) querySystem;
  decltype(&::NtQueryInformationFile) queryFile;
  decltype(&::NtQueryObject) queryObject;
  decltype(&::RtlNtStatusToDosError) toErrorCode;

  static const Ntdll& Get() {
    static const Ntdll found{LookUp<decltype(querySystem)>("NtQuerySystemInformation"),
                             LookUp<decltype(queryFile)>("NtQueryInformationFile"),
                             LookUp<decltype(queryObject)>("NtQueryObject"),
                             LookUp<decltype(toErrorCode)>("RtlNtStatusToDosError")};
    return found;
  }

  /** Throws the failure that a status stands for. */
  [[noreturn]] void FailWith(const char* step, NTSTATUS status) const { Fail(step, toErrorCode(status)); }

 private:
  template <typename Function>
  static Function LookUp(const char* name) {
    auto address = GetProcAddress(GetModuleHandleW(L"ntdll.dll"), name);
    if (address == nullptr) Fail(name);
    return reinterpret_cast<Function>(reinterpret_cast<void*>(address));
  }
};

constexpr NTSTATUS INFO_LENGTH_MISMATCH = static_cast<NTSTATUS>(0xC0000004);
constexpr NTSTATUS INFO_OVERFLOW = static_cast<NTSTATUS>(0x80000005);
