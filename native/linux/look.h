/*
 * look(): many files of a directory in one call (src/native/linux.ts). More than half of a scan's time was lstat, for which node:fs
 * needs twice as long as the kernel does (docs/performance.md).
 */
#ifndef BMCLOUD_LOOK_H
#define BMCLOUD_LOOK_H

#include <node_api.h>

napi_value LookAtAll(napi_env env, napi_callback_info call);

#endif
