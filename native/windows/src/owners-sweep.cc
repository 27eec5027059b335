#include "owners-sweep.h"

#include <condition_variable>
#include <memory>
#include <mutex>

#include "owners-thread.h"

namespace {

/** What the threads of one sweep share. */
class Row {
 public:
  Row(size_t count, Look look) : count_(count), look_(std::move(look)) {}

  /** Looks at what nobody has looked at yet, until there is nothing left. */
  void Work() {
    for (;;) {
      size_t index;
      {
        std::lock_guard lock(guard_);
        if (next_ == count_) break;
        index = next_++;
      }
      look_(index);
    }
    std::lock_guard lock(guard_);
    finished_ = true;
    changed_.notify_all();
  }

  /** Waits as long as it goes on; returns the one that it has stopped at, or `count` if all is done. */
  size_t WaitWhileMoving(std::chrono::milliseconds patience) {
    std::unique_lock lock(guard_);
    for (;;) {
      size_t before = next_;
      if (changed_.wait_for(lock, patience, [this] { return finished_; })) return count_;
      if (next_ == before && before > 0) return before - 1;
    }
  }

  /** Threads that come back later find nothing left. */
  void Close() {
    std::lock_guard lock(guard_);
    next_ = count_;
  }

 private:
  const size_t count_;
  const Look look_;
  std::mutex guard_;
  std::condition_variable changed_;
  size_t next_ = 0;
  bool finished_ = false;
};

}  // namespace

std::vector<size_t> LookAtAll(size_t count, Look look, Sweep sweep) {
  auto row = std::make_shared<Row>(count, std::move(look));
  std::vector<size_t> hanging;
  while (hanging.size() < sweep.mostHanging) {
    StartThread([row] { row->Work(); });
    size_t stopped = row->WaitWhileMoving(sweep.patience);
    if (stopped == count) break;
    hanging.push_back(stopped);
  }
  row->Close();
  return hanging;
}
