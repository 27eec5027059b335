#include "lock.h"

#include <asm/errno.h>

#include "arguments.h"
#include "kernel.h"

/* Returns false where somebody else has it. A file system that knows no locks keeps nobody out. */
napi_value LockFile(napi_env env, napi_callback_info call) {
  napi_value value, result;
  int32_t descriptor;
  if (!TakeValues(env, call, 1, &value) || napi_get_value_int32(env, value, &descriptor) != napi_ok)
    return Refuse(env, "lockFile(descriptor)");
  bool isOurs = Lock(descriptor) != -EWOULDBLOCK;
  return napi_get_boolean(env, isOurs, &result) == napi_ok ? result : NULL;
}
