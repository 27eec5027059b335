#include "ahead.h"
#include "heap.h"
#include "lock.h"
#include "look.h"
#include "read.h"

static bool Export(napi_env env, napi_value exports, const char *name, napi_callback callback) {
  napi_value function;
  return napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, NULL, &function) == napi_ok &&
         napi_set_named_property(env, exports, name, function) == napi_ok;
}

NAPI_MODULE_EXPORT int32_t node_api_module_get_api_version_v1(void) { return 8; }

NAPI_MODULE_EXPORT napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  bool isWhole = PrepareAhead(env) && Export(env, exports, "look", LookAtAll) && Export(env, exports, "begin", Begin) &&
                 Export(env, exports, "finish", Finish) && Export(env, exports, "limitHeaps", LimitHeaps) &&
                 Export(env, exports, "lockFile", LockFile) && Export(env, exports, "read", ReadAll);
  if (!isWhole) napi_throw_error(env, NULL, "the addon cannot be set up");
  return exports;
}
