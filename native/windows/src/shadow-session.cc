#include "shadow-session.h"

#include <utility>

/** What the thread and its owner share; the thread keeps it alive should the owner not wait for it. */
struct ShadowSession::State {
  explicit State(Request r) : request(std::move(r)) {}

  void Run();
  bool WaitForClose();

  Request request;
  Stop stop;
  std::mutex mutex;
  std::condition_variable changed;
  bool closing = false;
  bool done = false;
};

namespace {

/** Code that still runs must not be unloaded with the environment that it was loaded for. */
void KeepThisModule() {
  HMODULE module = nullptr;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                     reinterpret_cast<LPCWSTR>(&KeepThisModule), &module);
}

template <typename Step>
std::optional<VssError> FailureOf(Step step) {
  try {
    step();
    return std::nullopt;
  } catch (const VssError& error) {
    return error;
  } catch (const std::exception& error) {
    return VssError("ShadowSession", E_UNEXPECTED, error.what());
  }
}

}  // namespace

ShadowSession::ShadowSession(Request request) : state_(std::make_shared<State>(std::move(request))) {
  thread_ = std::thread([state = state_] {
    state->Run();
    std::lock_guard<std::mutex> lock(state->mutex);
    state->done = true;
    state->changed.notify_all();
  });
}

ShadowSession::~ShadowSession() {
  if (!thread_.joinable()) return;
  KeepThisModule();
  // Left alone for good. detach() throws in winpthreads for a thread that has just ended, and a joinable one must not be destroyed.
  new std::thread(std::move(thread_));
}

void ShadowSession::Close() {
  std::lock_guard<std::mutex> lock(state_->mutex);
  state_->closing = true;
  state_->changed.notify_all();
}

void ShadowSession::Cancel() {
  state_->stop.Raise();
  std::lock_guard<std::mutex> lock(state_->mutex);
  state_->changed.notify_all();
}

bool ShadowSession::Join(Milliseconds longest) {
  {
    std::unique_lock<std::mutex> lock(state_->mutex);
    if (!state_->changed.wait_for(lock, longest, [this] { return state_->done; })) return false;
  }
  thread_.join();
  return true;
}

void ShadowSession::State::Run() {
  ShadowResult result;
  std::optional<VssError> closeFailure;
  bool opened = false;
  result.failure = FailureOf([&] {
    const Apartment apartment;
    Check(apartment.result(), "CoInitializeEx");
    InitializeComSecurity();
    SnapshotSet set;
    result.shadows = set.Create(request.volumes, Deadline(request.timeout, stop));
    result.warnings = set.warnings();
    opened = true;
    request.onOpened(result);
    // Who gave up is told of the end all the same: the word that they were made may still be on its way.
    if (!WaitForClose()) return;
    closeFailure = FailureOf([&] { set.Complete(Deadline(request.timeout, stop)); });
  });
  if (result.failure.has_value()) request.onOpened(std::move(result));
  if (opened) request.onClosed(closeFailure);
}

/** Sleeps while the snapshots are read. False if they are given up: then they are only released. */
bool ShadowSession::State::WaitForClose() {
  std::unique_lock<std::mutex> lock(mutex);
  changed.wait(lock, [this] { return closing || stop.Raised(); });
  return closing;
}
