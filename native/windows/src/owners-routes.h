#pragma once

#include <memory>
#include <string>

#include "owners-findings.h"

// The ways to learn who holds a file. Each may block for as long as Windows likes, and throws Failure.

/** Asks the Restart Manager: it knows services, and programs that run the file or have it mapped. Files only. */
void AskRestartManager(const std::wstring& path, const std::shared_ptr<Findings>& findings);

/** Asks the file system for the processes that have the file open. */
void AskFileProcessIds(const std::wstring& path, const std::shared_ptr<Findings>& findings);

/** Looks at every open file of every process that we may look into. */
void ScanHandles(const std::wstring& path, const std::shared_ptr<Findings>& findings);
