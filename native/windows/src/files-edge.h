#pragma once

#include <napi.h>

#include <string>

#include "files-failure.h"

// Strings between JavaScript and Windows: both UTF-16, so nothing is lost on the way.

inline Napi::String ToJs(Napi::Env env, const std::wstring& text) {
  return Napi::String::New(env, reinterpret_cast<const char16_t*>(text.data()), text.size());
}

/** The argument at `index`; throws a TypeError if it is no string, or cannot be given to Windows. */
inline std::wstring TextArgument(const Napi::CallbackInfo& call, size_t index, const char* name) {
  if (!call[index].IsString()) throw Napi::TypeError::New(call.Env(), std::string(name) + " must be a string");
  std::u16string text = call[index].As<Napi::String>().Utf16Value();
  // Windows would read no further than the zero, and so another file.
  if (text.find(u'\0') != std::u16string::npos)
    throw Napi::TypeError::New(call.Env(), std::string(name) + " must not contain a zero character");
  return {text.begin(), text.end()};
}

/** An Error with `step`, `windowsCode`, `path`, and Node's `code` where it has one. */
inline Napi::Error ErrorOf(Napi::Env env, const Failure& failure, const std::wstring& path) {
  Napi::Object error = Napi::Error::New(env).Value();
  std::wstring message = Describe(failure) + (path.empty() ? L"" : L", '" + path + L"'");
  error.Set("message", ToJs(env, message));
  error.Set("step", failure.step);
  error.Set("windowsCode", static_cast<double>(failure.code));
  if (!path.empty()) error.Set("path", ToJs(env, path));
  if (const char* name = SystemNameOf(failure.code)) error.Set("code", name);
  return Napi::Error(env, error);
}
