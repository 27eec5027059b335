#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "deadline.h"
#include "snapshot-set.h"

/** What came of a request for shadows. */
struct ShadowResult {
  std::vector<Shadow> shadows;
  std::vector<std::string> warnings;
  std::optional<VssError> failure;
};

/**
 * Snapshots from their making to their end, on a thread of their own: VSS wants one apartment throughout, and
 * would keep one of Node's few worker threads for minutes. Knows nothing of JavaScript.
 */
class ShadowSession {
 public:
  struct Request {
    std::vector<std::wstring> volumes;
    /** For making them, and again for ending them. */
    Milliseconds timeout;
    /** Called on the thread of the session, once. */
    std::function<void(ShadowResult)> onOpened;
    /** Called on the thread of the session, as the last thing it does, if `onOpened` brought shadows. */
    std::function<void(std::optional<VssError>)> onClosed;
  };

  explicit ShadowSession(Request request);
  ~ShadowSession();
  ShadowSession(const ShadowSession&) = delete;
  ShadowSession& operator=(const ShadowSession&) = delete;

  /** Ends the backup and deletes the snapshots; `onClosed` tells how it went. */
  void Close();

  /** Gives up whatever is under way; an open snapshot is released. */
  void Cancel();

  /** Waits for the end of the thread, which never needs long after Cancel or the last call back. False if it took longer. */
  bool Join(Milliseconds longest);

 private:
  struct State;
  const std::shared_ptr<State> state_;
  std::thread thread_;
};
