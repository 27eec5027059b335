#pragma once

#include "files-handle.h"
#include "files-privileges.h"

/**
 * As long as it lives, this thread may look into processes of others, if our user is allowed that at all. The rest of
 * the process stays without it.
 */
class DebugPrivilege {
 public:
  DebugPrivilege() : impersonates_(ImpersonateSelf(SecurityImpersonation)) {
    HANDLE opened = nullptr;
    if (!impersonates_ || !OpenThreadToken(GetCurrentThread(), TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY, TRUE, &opened))
      return;
    Handle token(opened);
    // Not granted: then fewer processes can be looked into, and those are counted.
    EnablePrivilege(token, L"SeDebugPrivilege");
  }
  ~DebugPrivilege() {
    if (impersonates_) RevertToSelf();
  }
  DebugPrivilege(const DebugPrivilege&) = delete;
  DebugPrivilege& operator=(const DebugPrivilege&) = delete;

 private:
  bool impersonates_;
};
