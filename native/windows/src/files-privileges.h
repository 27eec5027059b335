#pragma once

#include <windows.h>

#include <string>
#include <vector>

#include "files-handle.h"

/** Enables one privilege of a token; false if the token does not hold it. Throws Failure. */
bool EnablePrivilege(const Handle& token, const wchar_t* name);

/** Enables what a backup wants for this process, one by one (backup, restore, security); returns those that were granted. Throws Failure. */
std::vector<std::wstring> EnableBackupPrivileges();

/** True once EnableBackupPrivileges was granted SeSecurityPrivilege: SACLs can be read and set. */
bool MayReadAudit();
