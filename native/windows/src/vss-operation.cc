#include "vss-operation.h"

#include <string>

#include "com.h"
#include "vss-errors.h"

namespace {

/** IVssAsync cannot be woken: how long a wait for it may keep us from seeing that we should stop. */
constexpr DWORD kWaitSlice = 200;
/** How long a cancelled operation may take to admit it, in slices. */
constexpr int kCancelSlices = 25;

std::string ToText(Milliseconds span) {
  const auto count = span.count();
  return count % 1000 == 0 ? std::to_string(count / 1000) + " s" : std::to_string(count) + " ms";
}

void ThrowIfOver(const Deadline& deadline, const char* step) {
  if (deadline.Stopped()) throw VssError(step, kCancelled);
  if (deadline.Passed()) throw VssError(step, kTimedOut, ToText(deadline.Whole()));
}

/** Asks once. S_OK from Wait does not mean done, and a cancelled operation is a success code of its own. */
bool IsPending(IVssAsync& operation, const char* step) {
  Check(operation.Wait(kWaitSlice), step);
  HRESULT status = S_OK;
  Check(operation.QueryStatus(&status, nullptr), step);
  if (status == VSS_S_ASYNC_CANCELLED) throw VssError(step, kCancelled);
  Check(status, step);
  return status == VSS_S_ASYNC_PENDING;
}

/** Cancels, and stays until it is: VSS must not be left with an operation under way. */
void Cancel(IVssAsync& operation, const char* step) {
  if (FAILED(operation.Cancel())) return;
  try {
    for (int slice = 0; slice < kCancelSlices && IsPending(operation, step); slice++) continue;
  } catch (const VssError&) {
    // It ended as cancelled, or failed: either way it is over, and the caller tells why.
  }
}

void WaitFor(IVssAsync& operation, const char* step, const Deadline& deadline) {
  while (IsPending(operation, step)) {
    try {
      ThrowIfOver(deadline, step);
    } catch (const VssError&) {
      Cancel(operation, step);
      throw;
    }
  }
}

}  // namespace

void Run(IVssBackupComponents& components, VssOperation start, const char* step, const Deadline& deadline) {
  ThrowIfOver(deadline, step);
  ComOwner<IVssAsync> operation;
  Check((components.*start)(ComOut(operation)), step);
  WaitFor(*operation, step, deadline);
}
