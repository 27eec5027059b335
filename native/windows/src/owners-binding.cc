#include <cmath>

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

std::chrono::milliseconds DeadlineOf(Napi::Object options) {
  Napi::Value given = options.Get("deadlineMs");
  double time = given.IsNumber() ? given.As<Napi::Number>().DoubleValue() : 0;
  if (!(time > 0 && time <= LONGEST_DEADLINE_MS))
    throw Napi::TypeError::New(options.Env(), "deadlineMs must be a number of milliseconds");
  return std::chrono::milliseconds(static_cast<int64_t>(std::ceil(time)));
}

std::vector<std::string> RoutesOf(Napi::Object options) {
  Napi::Value given = options.Get("routes");
  if (given.IsUndefined()) return {};
  if (!given.IsArray()) throw Napi::TypeError::New(options.Env(), "routes must be an array");
  auto names = given.As<Napi::Array>();
  std::vector<std::string> routes;
  for (uint32_t at = 0; at < names.Length(); at++) routes.push_back(names.Get(at).ToString());
  return routes;
}

Napi::Value LockOwners(const Napi::CallbackInfo& call) {
  Napi::Object options = call[1].IsObject() ? call[1].As<Napi::Object>() : Napi::Object::New(call.Env());
  OwnersQuestion question{TextArgument(call, 0, "path"), DeadlineOf(options), RoutesOf(options)};
  std::shared_ptr<Answer> answer = Answer::Create(call.Env());
  try {
    StayLoaded();
    StartThread([answer, question] { answer->Give(FindOwners(question)); });
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
