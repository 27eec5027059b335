#include "owners-thread.h"

#include <windows.h>
// After windows.h, which it needs.
#include <process.h>

#include <cstdlib>
#include <memory>

#include "files-handle.h"

namespace {

using Work = std::function<void()>;

unsigned __stdcall RunWork(void* given) {
  std::unique_ptr<Work> work(static_cast<Work*>(given));
  (*work)();
  return 0;
}

}  // namespace

void StartThread(std::function<void()> work) {
  auto given = std::make_unique<Work>(std::move(work));
  // Not CreateThread, which knows nothing of the C runtime that the work uses.
  auto handle = reinterpret_cast<HANDLE>(_beginthreadex(nullptr, 0, RunWork, given.get(), 0, nullptr));
  if (handle == nullptr) Fail("_beginthreadex", _doserrno);
  Handle thread(handle);
  given.release();
}
