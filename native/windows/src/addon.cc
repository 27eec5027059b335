#include "addon.h"

static Napi::Object Init(Napi::Env env, Napi::Object exports) {
  InitShadow(env, exports);
  InitOwners(env, exports);
  InitFiles(env, exports);
  return exports;
}

NODE_API_MODULE(bmcloud, Init)
