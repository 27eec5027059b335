#include "addon.h"
#include "files-edge.h"
#include "owners-answer.h"
#include "owners-thread.h"

namespace {

/** An hour: nobody waits longer to be told who is in the way. */
constexpr double LONGEST_DEADLINE_MS = 3'600'000;

/** Threads that are left to themselves outlive a worker that stops; the code that they run must too. */
void StayLoaded() {
  HMODULE self = nullptr;
  constexpr DWORD flags = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN;
  if (!GetModuleHandleExW(flags, reinterpret_cast<LPCWSTR>(&StayLoaded), &self)) Fail("GetModuleHandleExW");
}

std::chrono::milliseconds DeadlineOf(const Napi::CallbackInfo& call) {
  Napi::Value given = call[1].IsObject() ? call[1].As<Napi::Object>().Get("deadlineMs") : call.Env().Undefined();
  double time = given.IsNumber() ? given.As<Napi::Number>().DoubleValue() : 0;
  if (!(time >= 1 && time <= LONGEST_DEADLINE_MS))
    throw Napi::TypeError::New(call.Env(), "deadlineMs must be a number of milliseconds");
  return std::chrono::milliseconds(static_cast<int64_t>(time));
}

Napi::Value LockOwners(const Napi::CallbackInfo& call) {
  std::wstring path = TextArgument(call, 0, "path");
  std::chrono::milliseconds deadline = DeadlineOf(call);
  std::shared_ptr<Answer> answer = Answer::Create(call.Env());
  try {
    StayLoaded();
    StartThread([answer, path, deadline] { answer->Give(FindOwners(path, deadline)); });
  } catch (const Failure& failure) {
    OwnersReport nothing;
    nothing.notes.push_back(Describe(failure));
    answer->Give(std::move(nothing));
  }
  return answer->Promise();
}

}  // namespace

void InitOwners(Napi::Env env, Napi::Object exports) {
  exports.Set("lockOwners", Napi::Function::New<LockOwners>(env, "lockOwners"));
}
