#pragma once

#include <chrono>
#include <map>
#include <mutex>

#include "owners-open-files.h"

/** Open files that are being asked, by all scans of this process: one that hangs is not asked again until it has answered. */
class HangingFiles {
 public:
  using Clock = std::chrono::steady_clock;

  /** True if somebody has been asking it for longer than that. */
  static bool Hangs(const FileInUse& file, std::chrono::milliseconds patience) {
    auto& all = All();
    std::lock_guard lock(all.guard);
    auto asked = all.since.find(file);
    return asked != all.since.end() && Clock::now() - asked->second > patience;
  }

  /** The time in which one is asked. */
  class Stay {
   public:
    explicit Stay(const FileInUse& file) : file_(file) {
      auto& all = All();
      std::lock_guard lock(all.guard);
      all.since.emplace(file, Clock::now());
    }
    ~Stay() {
      auto& all = All();
      std::lock_guard lock(all.guard);
      all.since.erase(file_);
    }
    Stay(const Stay&) = delete;
    Stay& operator=(const Stay&) = delete;

   private:
    const FileInUse file_;
  };

 private:
  struct Asked {
    std::mutex guard;
    std::map<FileInUse, Clock::time_point> since;
  };

  /** Never destroyed: threads that hang may come back while the process ends. */
  static Asked& All() {
    static Asked& all = *new Asked;
    return all;
  }
};
