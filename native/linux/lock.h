/*
 * lockFile(descriptor): a lock that whoever has the file open sees (src/native/linux.ts).
 */
#ifndef BMCLOUD_LOCK_H
#define BMCLOUD_LOCK_H

#include <node_api.h>

napi_value LockFile(napi_env env, napi_callback_info call);

#endif
