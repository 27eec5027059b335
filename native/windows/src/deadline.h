#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

using Milliseconds = std::chrono::milliseconds;

/** Asks a thread to stop; raised once, from any thread. */
class Stop {
 public:
  void Raise() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      raised_ = true;
    }
    changed_.notify_all();
  }

  /** Sleeps at most so long; returns at once when raised. True if raised. */
  bool WaitFor(Milliseconds longest) const {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, longest, [this] { return raised_; });
  }

  bool Raised() const { return WaitFor(Milliseconds(0)); }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool raised_ = false;
};

/** How long an operation may take, and whether somebody wants it stopped before. */
class Deadline {
 public:
  Deadline(Milliseconds whole, const Stop& stop) : whole_(whole), end_(Clock::now() + whole), stop_(stop) {}

  /** What was given at the beginning. */
  Milliseconds Whole() const { return whole_; }
  bool Stopped() const { return stop_.Raised(); }
  bool Passed() const { return Clock::now() >= end_; }

  /** Sleeps so long, or until the deadline, or until stopped. */
  void Pause(Milliseconds wanted) const {
    const auto left = std::chrono::duration_cast<Milliseconds>(end_ - Clock::now()) + Milliseconds(1);
    stop_.WaitFor(std::max(Milliseconds(0), std::min(wanted, left)));
  }

 private:
  using Clock = std::chrono::steady_clock;
  const Milliseconds whole_;
  const Clock::time_point end_;
  const Stop& stop_;
};
