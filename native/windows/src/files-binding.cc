#include "addon.h"
#include "files-attributes.h"
#include "files-directory.h"
#include "files-edge.h"
#include "files-privileges.h"
#include "files-security.h"
#include "files-streams.h"
#include "files-time.h"
#include "files-wtf8.h"

// Every function here answers at once, on the thread that calls it: the scan has a thread of its own.

namespace {

Napi::BigInt Nanoseconds(Napi::Env env, int64_t fileTime) {
  SplitNanoseconds split = ToUnixNanoseconds(fileTime);
  return Napi::BigInt::New(env, split.negative, 2, split.words);
}

Napi::Object FactsToJs(Napi::Env env, const FileFacts& facts) {
  Napi::Object result = Napi::Object::New(env);
  result.Set("attributes", static_cast<double>(facts.attributes));
  result.Set("reparseTag", static_cast<double>(facts.reparseTag));
  result.Set("size", static_cast<double>(facts.size));
  result.Set("mtimeNs", Nanoseconds(env, facts.modified));
  result.Set("ctimeNs", Nanoseconds(env, facts.changed));
  result.Set("birthtimeNs", Nanoseconds(env, facts.created));
  result.Set("fileId", Napi::BigInt::New(env, facts.fileId));
  return result;
}

Napi::Value EntryToJs(Napi::Env env, const DirectoryEntry& entry) {
  Napi::Object result = FactsToJs(env, entry.facts);
  result.Set("name", ToJs(env, entry.name));
  if (IsWellFormed(entry.name)) return result;
  std::vector<uint8_t> bytes = ToWtf8(entry.name);
  result.Set("nameBytes", Napi::Buffer<uint8_t>::Copy(env, bytes.data(), bytes.size()));
  return result;
}

Napi::Value JsListDirectory(Napi::Env env, const Napi::CallbackInfo&, const std::wstring& path) {
  std::vector<DirectoryEntry> entries = ListDirectory(path);
  Napi::Array result = Napi::Array::New(env, entries.size());
  for (uint32_t at = 0; at < entries.size(); at++) {
    // One scope each: a directory can have more entries than handles fit into one.
    Napi::HandleScope scope(env);
    result.Set(at, EntryToJs(env, entries[at]));
  }
  return result;
}

Napi::Value JsFileAttributes(Napi::Env env, const Napi::CallbackInfo&, const std::wstring& path) {
  FileStatus status = ReadFileStatus(path);
  Napi::Object result = FactsToJs(env, status.facts);
  result.Set("volume", static_cast<double>(status.volume));
  result.Set("links", static_cast<double>(status.links));
  return result;
}

Napi::Value JsSetAttributes(Napi::Env env, const Napi::CallbackInfo& call, const std::wstring& path) {
  if (!call[1].IsNumber()) throw Napi::TypeError::New(env, "attributes must be a number");
  SetAttributes(path, call[1].As<Napi::Number>().Uint32Value());
  return env.Undefined();
}

Napi::Value JsSecurityDescriptor(Napi::Env env, const Napi::CallbackInfo&, const std::wstring& path) {
  std::optional<std::wstring> sddl = ReadSecurityDescriptor(path);
  return sddl ? ToJs(env, *sddl).As<Napi::Value>() : env.Undefined();
}

Napi::Value JsSetSecurityDescriptor(Napi::Env env, const Napi::CallbackInfo& call, const std::wstring& path) {
  std::vector<std::string> parts = WriteSecurityDescriptor(path, TextArgument(call, 1, "sddl"));
  Napi::Array result = Napi::Array::New(env, parts.size());
  for (uint32_t at = 0; at < parts.size(); at++) result.Set(at, parts[at]);
  return result;
}

Napi::Value JsMakeDirectory(Napi::Env env, const Napi::CallbackInfo& call, const std::wstring& path) {
  MakeDirectory(path, TextArgument(call, 1, "sddl"));
  return env.Undefined();
}

Napi::Value JsStreams(Napi::Env env, const Napi::CallbackInfo&, const std::wstring& path) {
  std::vector<AlternateStream> streams = AlternateStreams(path);
  Napi::Array result = Napi::Array::New(env, streams.size());
  for (uint32_t at = 0; at < streams.size(); at++) {
    Napi::Object stream = Napi::Object::New(env);
    stream.Set("name", ToJs(env, streams[at].name));
    stream.Set("size", static_cast<double>(streams[at].size));
    result.Set(at, stream);
  }
  return result;
}

Napi::Value JsSetCreationTime(Napi::Env env, const Napi::CallbackInfo& call, const std::wstring& path) {
  if (!call[1].IsBigInt()) throw Napi::TypeError::New(env, "the time must be a bigint of nanoseconds");
  bool lossless = false;
  int64_t unixNanoseconds = call[1].As<Napi::BigInt>().Int64Value(&lossless);
  int64_t fileTime = ToFileTime(unixNanoseconds);
  if (!lossless || fileTime <= 0) throw Napi::RangeError::New(env, "Windows cannot keep a time that far away");
  SetCreationTime(path, fileTime);
  return env.Undefined();
}

Napi::Value JsEnablePrivileges(const Napi::CallbackInfo& call) {
  try {
    std::vector<std::wstring> granted = EnableBackupPrivileges();
    Napi::Array result = Napi::Array::New(call.Env(), granted.size());
    for (uint32_t at = 0; at < granted.size(); at++) result.Set(at, ToJs(call.Env(), granted[at]));
    return result;
  } catch (const Failure& failure) {
    throw ErrorOf(call.Env(), failure, L"");
  }
}

using PathFunction = Napi::Value (*)(Napi::Env, const Napi::CallbackInfo&, const std::wstring& path);

/** A function whose first argument is a path, and whose failures are told with it. */
template <PathFunction function>
Napi::Value OnPath(const Napi::CallbackInfo& call) {
  std::wstring path = TextArgument(call, 0, "path");
  try {
    return function(call.Env(), call, path);
  } catch (const Failure& failure) {
    throw ErrorOf(call.Env(), failure, path);
  }
}

}  // namespace

void InitFiles(Napi::Env env, Napi::Object exports) {
  exports.Set("listDirectory", Napi::Function::New<OnPath<JsListDirectory>>(env, "listDirectory"));
  exports.Set("fileAttributes", Napi::Function::New<OnPath<JsFileAttributes>>(env, "fileAttributes"));
  exports.Set("setAttributes", Napi::Function::New<OnPath<JsSetAttributes>>(env, "setAttributes"));
  exports.Set("securityDescriptor", Napi::Function::New<OnPath<JsSecurityDescriptor>>(env, "securityDescriptor"));
  exports.Set("setSecurityDescriptor",
              Napi::Function::New<OnPath<JsSetSecurityDescriptor>>(env, "setSecurityDescriptor"));
  exports.Set("makeDirectory", Napi::Function::New<OnPath<JsMakeDirectory>>(env, "makeDirectory"));
  exports.Set("streams", Napi::Function::New<OnPath<JsStreams>>(env, "streams"));
  exports.Set("setCreationTime", Napi::Function::New<OnPath<JsSetCreationTime>>(env, "setCreationTime"));
  exports.Set("enablePrivileges", Napi::Function::New<JsEnablePrivileges>(env, "enablePrivileges"));
}
