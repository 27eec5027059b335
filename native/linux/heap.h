/*
 * limitHeaps(): no more heaps of the C library (src/native/linux.ts).
 */
#ifndef BMCLOUD_HEAP_H
#define BMCLOUD_HEAP_H

#include <node_api.h>

napi_value LimitHeaps(napi_env env, napi_callback_info call);

#endif
