#pragma once

#include <napi.h>

#include <memory>
#include <mutex>

#include "owners.h"

/**
 * The way back from a thread of ours to JavaScript: a promise that `give` resolves from any thread. Once the
 * environment has ended (its worker was stopped, the process leaves), `give` does nothing.
 */
class Answer {
 public:
  static std::shared_ptr<Answer> Create(Napi::Env env);

  Napi::Promise Promise() const { return promise_.Promise(); }
  /** Called once at most. */
  void Give(OwnersReport report);

 private:
  static void Settle(Napi::Env env, Napi::Function, Answer* answer, OwnersReport* report);
  static void OnEnvironmentEnd(void* answer);
  using Channel = Napi::TypedThreadSafeFunction<Answer, OwnersReport, &Answer::Settle>;

  explicit Answer(Napi::Env env) : promise_(env) {}

  std::mutex guard_;
  bool ended_ = false;
  Channel channel_;
  Napi::Promise::Deferred promise_;
  /** Until it is settled or the environment ends: both are told by a plain pointer. */
  std::shared_ptr<Answer> self_;
};
