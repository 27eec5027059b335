/*
 * read(): many small files in one call (src/native/linux.ts). Where they are not in the system's cache, the kernel fetches many of them
 * at once, in the order that suits the disk (docs/performance.md).
 */
#ifndef BMCLOUD_READ_H
#define BMCLOUD_READ_H

#include <node_api.h>

napi_value ReadAll(napi_env env, napi_callback_info call);

#endif
