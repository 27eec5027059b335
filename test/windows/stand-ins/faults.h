#pragma once

#include <windows.h>

#include <string>

// Which calls of the stand-in go wrong, by environment variables that may change at any time:
//   FAKEVSS_FAIL=DoSnapshotSet:8004231f        the call fails
//   FAKEVSS_FAIL=@DoSnapshotSet:8004231f       the call succeeds, what it started fails
//   FAKEVSS_FAIL=StartSnapshotSet:80042316*2   the first two calls fail, counted from when the variable was set
//   FAKEVSS_DELAY_MS=300, DoSnapshotSet:300    how long started operations take
//   FAKEVSS_WRITER=SqlServerWriter:800423f2    a writer that failed
//   FAKEVSS_UNSUPPORTED=T:\                    a volume without snapshots
//   FAKEVSS_LOG=C:\calls.txt                   a file that every call is added to
// Several of one kind are divided by semicolons.

/** The error that a step is to end with, or S_OK. `@Step` stands for what the step starts. */
HRESULT faultOf(const std::string& step);

/** How long what a step starts is to take. */
DWORD delayOf(const std::string& step);

/** Adds a line to the log. */
void note(const std::string& line);

std::wstring variable(const wchar_t* name);
