/*
 * keepOneHeap(): one heap of the C library for all threads (src/native/linux.ts).
 */
#ifndef BMCLOUD_HEAP_H
#define BMCLOUD_HEAP_H

#include <node_api.h>

napi_value KeepOneHeap(napi_env env, napi_callback_info call);

#endif
