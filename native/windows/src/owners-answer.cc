#include "owners-answer.h"

#include "files-edge.h"

namespace {

void SetUnlessEmpty(Napi::Object object, const char* key, const std::wstring& text) {
  if (!text.empty()) object.Set(key, ToJs(object.Env(), text));
}

Napi::Object OwnerToJs(Napi::Env env, const Owner& owner) {
  Napi::Object result = Napi::Object::New(env);
  result.Set("pid", static_cast<double>(owner.pid));
  result.Set("program", ToJs(env, owner.program));
  SetUnlessEmpty(result, "path", owner.path);
  SetUnlessEmpty(result, "user", owner.user);
  SetUnlessEmpty(result, "service", owner.service);
  SetUnlessEmpty(result, "how", owner.how);
  return result;
}

Napi::Object ReportToJs(Napi::Env env, const OwnersReport& report) {
  Napi::Array owners = Napi::Array::New(env);
  for (auto& owner : report.owners) owners.Set(owners.Length(), OwnerToJs(env, owner));
  Napi::Array notes = Napi::Array::New(env);
  for (auto& note : report.notes) notes.Set(notes.Length(), ToJs(env, note));
  Napi::Object result = Napi::Object::New(env);
  result.Set("owners", owners);
  result.Set("route", report.route);
  result.Set("notes", notes);
  return result;
}

}  // namespace

std::shared_ptr<Answer> Answer::Create(Napi::Env env) {
  std::shared_ptr<Answer> answer(new Answer(env));
  answer->channel_ = Channel::New(env, "bmcloud:lockOwners", 0, 1, answer.get());
  answer->self_ = answer;
  // After the channel, since hooks run backwards: we must know of the end before the channel goes.
  napi_add_env_cleanup_hook(env, OnEnvironmentEnd, answer.get());
  return answer;
}

void Answer::Give(OwnersReport report) {
  std::lock_guard lock(guard_);
  if (ended_) return;
  auto delivered = std::make_unique<OwnersReport>(std::move(report));
  if (channel_.NonBlockingCall(delivered.get()) == napi_ok) delivered.release();
  channel_.Release();
}

/** Called in the thread of JavaScript; without an environment if that is just ending, when `answer` is gone. */
void Answer::Settle(Napi::Env env, Napi::Function, Answer* answer, OwnersReport* report) {
  std::unique_ptr<OwnersReport> owned(report);
  if (env == nullptr) return;
  std::shared_ptr<Answer> last = std::move(answer->self_);
  napi_remove_env_cleanup_hook(env, OnEnvironmentEnd, last.get());
  last->promise_.Resolve(ReportToJs(env, *report));
}

void Answer::OnEnvironmentEnd(void* answer) {
  std::shared_ptr<Answer> last = std::move(static_cast<Answer*>(answer)->self_);
  std::lock_guard lock(last->guard_);
  last->ended_ = true;
}
