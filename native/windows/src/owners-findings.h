#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "owners.h"

/**
 * What one route has found so far: written by its thread, read by whoever waits for it. What it published before it
 * got stuck counts.
 */
class Findings {
 public:
  /** Replaces the owners by what is known now. */
  void Publish(const std::vector<Owner>& owners) {
    std::lock_guard lock(guard_);
    owners_ = owners;
  }

  void Note(std::wstring text) {
    std::lock_guard lock(guard_);
    notes_.push_back(std::move(text));
  }

  /** Called last by the route's thread; false if nobody waits any more. */
  bool Finish() {
    std::lock_guard lock(guard_);
    finished_ = true;
    changed_.notify_all();
    return !abandoned_;
  }

  /** False if the route has not finished in time: it is then on its own. */
  bool WaitFor(std::chrono::milliseconds time) {
    std::unique_lock lock(guard_);
    abandoned_ = !changed_.wait_for(lock, time, [this] { return finished_; });
    return !abandoned_;
  }

  std::vector<Owner> Owners() const {
    std::lock_guard lock(guard_);
    return owners_;
  }

  std::vector<std::wstring> Notes() const {
    std::lock_guard lock(guard_);
    return notes_;
  }

 private:
  mutable std::mutex guard_;
  std::condition_variable changed_;
  std::vector<Owner> owners_;
  std::vector<std::wstring> notes_;
  bool finished_ = false;
  bool abandoned_ = false;
};
