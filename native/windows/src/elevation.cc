#include "elevation.h"

#include <windows.h>

namespace {

/** A group that is there for denial alone, as in a process that is not elevated, does not count. */
bool HasGroup(WELL_KNOWN_SID_TYPE group) {
  alignas(DWORD) BYTE sid[SECURITY_MAX_SID_SIZE];
  DWORD size = sizeof sid;
  BOOL enabled = FALSE;
  return CreateWellKnownSid(group, nullptr, sid, &size) && CheckTokenMembership(nullptr, sid, &enabled) && enabled;
}

}  // namespace

bool IsElevated() {
  return HasGroup(WinBuiltinAdministratorsSid) || HasGroup(WinBuiltinBackupOperatorsSid);
}
