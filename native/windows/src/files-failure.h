#pragma once

#include <windows.h>

#include <string>

/** A call to Windows that failed. Thrown by the code that talks to Windows; each edge tells it on in its own way. */
struct Failure {
  /** The function that failed, as Windows calls it. */
  std::string step;
  /** What GetLastError said. */
  DWORD code;
};

/** Throws the failure of the call that was just made. */
[[noreturn]] inline void Fail(const char* step, DWORD code = GetLastError()) { throw Failure{step, code}; }

/** What Windows says of an error code, in one line and in the language of the system; empty where it has no word for it. */
std::wstring TextOf(DWORD code);

/** `CreateFileW: Access is denied. (error 5)` */
std::wstring Describe(const Failure& failure);

/** The name that Node gives to an error code (`ENOENT`, …); nullptr for those that it has no name for. */
const char* SystemNameOf(DWORD code);
