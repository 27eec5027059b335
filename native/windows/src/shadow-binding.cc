#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "addon.h"
#include "elevation.h"
#include "shadow-session.h"
#include "volumes.h"

namespace {

/** How long the end of an environment waits for VSS to let go. */
constexpr Milliseconds kPatience(5000);

std::wstring ToWide(const Napi::Value& value) {
  const std::u16string text = value.As<Napi::String>().Utf16Value();
  return {text.begin(), text.end()};
}

Napi::String ToJs(Napi::Env env, const std::wstring& text) {
  return Napi::String::New(env, std::u16string(text.begin(), text.end()));
}

/** An Error with `step`, `hresult` (as an unsigned number) and `transient`. */
Napi::Error ToJs(Napi::Env env, const VssError& failure) {
  Napi::Error error = Napi::Error::New(env, failure.what());
  error.Set("step", Napi::String::New(env, failure.step()));
  error.Set("hresult", Napi::Number::New(env, static_cast<uint32_t>(failure.hresult())));
  error.Set("transient", Napi::Boolean::New(env, failure.transient()));
  return error;
}

/**
 * A session as JavaScript sees it: two promises and a thread that settles them. Lives while its thread does, or
 * until its environment ends. All but Post happens on the thread of JavaScript.
 */
class ShadowHandle : public std::enable_shared_from_this<ShadowHandle> {
 public:
  explicit ShadowHandle(Napi::Env env) : env_(env), opened_(Napi::Promise::Deferred::New(env)) {}

  Napi::Value Open(std::vector<std::wstring> volumes, Milliseconds timeout);
  Napi::Value Close(Napi::Env env);
  /** Gives up shadows that are still being made. */
  void Cancel();

 private:
  void Post(std::function<void(Napi::Env, ShadowHandle&)> event);
  void OnOpened(Napi::Env env, const ShadowResult& result);
  void OnClosed(Napi::Env env, const std::optional<VssError>& failure);
  Napi::Object Describe(Napi::Env env, const ShadowResult& result);
  void End(Napi::Env env);
  static void OnEnvironmentEnd(void* handle);

  const Napi::Env env_;
  Napi::Promise::Deferred opened_;
  std::optional<Napi::Promise::Deferred> closed_;
  Napi::ThreadSafeFunction events_;
  std::unique_ptr<ShadowSession> session_;
  bool ready_ = false;
  /** Keeps this alive while its thread may call. */
  std::shared_ptr<ShadowHandle> self_;
  std::mutex mutex_;
  /** The environment no longer takes events. Guarded by `mutex_`. */
  bool deaf_ = false;
};

Napi::Value ShadowHandle::Open(std::vector<std::wstring> volumes, Milliseconds timeout) {
  events_ = Napi::ThreadSafeFunction::New(env_, Napi::Function(), "bmcloud shadow", 0, 1);
  // After the events are made, so that it comes before their end.
  napi_add_env_cleanup_hook(env_, OnEnvironmentEnd, this);
  self_ = shared_from_this();
  session_ = std::make_unique<ShadowSession>(ShadowSession::Request{
      std::move(volumes), timeout,
      [this](ShadowResult result) {
        Post([result = std::move(result)](Napi::Env env, ShadowHandle& handle) { handle.OnOpened(env, result); });
      },
      [this](std::optional<VssError> failure) {
        Post([failure = std::move(failure)](Napi::Env env, ShadowHandle& handle) { handle.OnClosed(env, failure); });
      }});
  return opened_.Promise();
}

Napi::Value ShadowHandle::Close(Napi::Env env) {
  if (!closed_.has_value()) {
    closed_.emplace(Napi::Promise::Deferred::New(env));
    events_.Ref(env);
    session_->Close();
  }
  return closed_->Promise();
}

void ShadowHandle::Cancel() {
  if (!ready_ && session_ != nullptr) session_->Cancel();
}

void ShadowHandle::Post(std::function<void(Napi::Env, ShadowHandle&)> event) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (deaf_) return;
  events_.NonBlockingCall([this, event = std::move(event)](Napi::Env env, Napi::Function) { event(env, *this); });
}

void ShadowHandle::OnOpened(Napi::Env env, const ShadowResult& result) {
  const auto alive = self_;
  if (result.failure.has_value()) {
    End(env);
    return opened_.Reject(ToJs(env, *result.failure).Value());
  }
  // Shadows that nobody closes do not keep the program from ending.
  events_.Unref(env);
  ready_ = true;
  opened_.Resolve(Describe(env, result));
}

void ShadowHandle::OnClosed(Napi::Env env, const std::optional<VssError>& failure) {
  const auto alive = self_;
  End(env);
  // Given up before anybody asked for the end, who will hear then that it is over.
  if (!closed_.has_value()) closed_.emplace(Napi::Promise::Deferred::New(env));
  if (failure.has_value()) return closed_->Reject(ToJs(env, *failure).Value());
  closed_->Resolve(env.Undefined());
}

Napi::Object ShadowHandle::Describe(Napi::Env env, const ShadowResult& result) {
  auto shadows = Napi::Array::New(env);
  for (const Shadow& shadow : result.shadows) {
    auto entry = Napi::Object::New(env);
    entry.Set("volume", ToJs(env, shadow.volume));
    entry.Set("device", ToJs(env, shadow.device));
    shadows.Set(shadows.Length(), entry);
  }
  auto warnings = Napi::Array::New(env);
  for (const std::string& warning : result.warnings) warnings.Set(warnings.Length(), Napi::String::New(env, warning));
  auto described = Napi::Object::New(env);
  described.Set("shadows", shadows);
  described.Set("warnings", warnings);
  described.Set("close", Napi::Function::New(env, [handle = shared_from_this()](const Napi::CallbackInfo& info) {
                  return handle->Close(info.Env());
                }));
  return described;
}

/** The thread has said its last word. */
void ShadowHandle::End(Napi::Env env) {
  session_->Join(kPatience);
  session_.reset();
  napi_remove_env_cleanup_hook(env, OnEnvironmentEnd, this);
  events_.Release();
  self_.reset();
}

void ShadowHandle::OnEnvironmentEnd(void* data) {
  auto& handle = *static_cast<ShadowHandle*>(data);
  const auto alive = handle.self_;
  {
    std::lock_guard<std::mutex> lock(handle.mutex_);
    handle.deaf_ = true;
  }
  handle.session_->Cancel();
  // Should VSS not let go in time, its thread goes on by itself: what it may still touch is left standing.
  if (!handle.session_->Join(kPatience)) new std::shared_ptr<ShadowHandle>(alive);
  handle.session_.reset();
  handle.events_.Release();
  handle.self_.reset();
}

void CancelOnAbort(Napi::Env env, const Napi::Object& signal, const std::weak_ptr<ShadowHandle>& handle) {
  const auto cancel = [handle](const Napi::CallbackInfo&) {
    if (const auto open = handle.lock()) open->Cancel();
  };
  if (signal.Get("aborted").ToBoolean()) return handle.lock()->Cancel();
  signal.Get("addEventListener")
      .As<Napi::Function>()
      .Call(signal, {Napi::String::New(env, "abort"), Napi::Function::New(env, cancel)});
}

std::vector<std::wstring> VolumesFrom(const Napi::Value& value) {
  if (!value.IsArray()) throw Napi::TypeError::New(value.Env(), "volumes must be an array of paths");
  const auto array = value.As<Napi::Array>();
  std::vector<std::wstring> volumes;
  for (uint32_t index = 0; index < array.Length(); index++) {
    const Napi::Value volume = array[index];
    if (!volume.IsString()) throw Napi::TypeError::New(value.Env(), "volumes must be an array of paths");
    volumes.push_back(ToWide(volume));
  }
  if (volumes.empty()) throw Napi::TypeError::New(value.Env(), "volumes must name one at least");
  return volumes;
}

Napi::Value CreateShadow(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  std::vector<std::wstring> volumes = VolumesFrom(info[0]);
  if (!info[1].IsObject()) throw Napi::TypeError::New(env, "timeoutMs must be given");
  const auto options = info[1].As<Napi::Object>();
  const Napi::Value timeout = options.Get("timeoutMs");
  if (!timeout.IsNumber()) throw Napi::TypeError::New(env, "timeoutMs must be a number");
  const auto handle = std::make_shared<ShadowHandle>(env);
  const Napi::Value promise = handle->Open(std::move(volumes), Milliseconds(timeout.As<Napi::Number>().Int64Value()));
  const Napi::Value signal = options.Get("signal");
  if (signal.IsObject()) CancelOnAbort(env, signal.As<Napi::Object>(), handle);
  return promise;
}

Napi::Value VolumeOf(const Napi::CallbackInfo& info) {
  if (!info[0].IsString()) throw Napi::TypeError::New(info.Env(), "path must be a string");
  try {
    return ToJs(info.Env(), VolumePathOf(ToWide(info[0])));
  } catch (const VssError& failure) {
    throw ToJs(info.Env(), failure);
  }
}

Napi::Value IsElevatedProcess(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), IsElevated());
}

}  // namespace

void InitShadow(Napi::Env env, Napi::Object exports) {
  exports.Set("createShadow", Napi::Function::New(env, CreateShadow, "createShadow"));
  exports.Set("volumeOf", Napi::Function::New(env, VolumeOf, "volumeOf"));
  exports.Set("isElevated", Napi::Function::New(env, IsElevatedProcess, "isElevated"));
}
