#pragma once

/** True if this process may ask for snapshots: an enabled Administrator or Backup Operator, or the system itself. */
bool IsElevated();
