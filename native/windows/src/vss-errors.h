#pragma once

#include <windows.h>

#include <stdexcept>
#include <string>

/** Nobody else's codes: the deadline passed, or the caller no longer wants the snapshot. */
constexpr HRESULT kTimedOut = static_cast<HRESULT>(0x800705B4L);   // ERROR_TIMEOUT
constexpr HRESULT kCancelled = static_cast<HRESULT>(0x800704C7L);  // ERROR_CANCELLED

/** A step towards a snapshot that failed. `what()` is a sentence for people. */
class VssError : public std::runtime_error {
 public:
  /** `step` is the function that failed, `about` what it was asked for, such as a volume. */
  VssError(const std::string& step, HRESULT hresult, const std::string& about = "");

  const std::string& step() const { return step_; }
  HRESULT hresult() const { return hresult_; }
  /** The same may succeed some minutes later. */
  bool transient() const;

 private:
  std::string step_;
  HRESULT hresult_;
};

/** Throws a VssError unless the step succeeded. */
void Check(HRESULT hresult, const char* step, const std::string& about = "");

/** As Check, for functions that leave their reason in GetLastError. */
[[noreturn]] void ThrowLastError(const char* step, const std::string& about = "");

/** What a writer's failure means, in words: `ran out of memory or another resource`. */
std::string WriterFailure(HRESULT hresult);
