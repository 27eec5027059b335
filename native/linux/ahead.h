/*
 * begin() and finish(): directories that are listed and looked at by threads of Node's pool before they are asked for
 * (src/native/linux.ts). Whoever walks a tree waits for the kernel; two that do so in turn wait half as long.
 */
#ifndef BMCLOUD_AHEAD_H
#define BMCLOUD_AHEAD_H

#include <node_api.h>
#include <stdbool.h>

napi_value Begin(napi_env env, napi_callback_info call);
napi_value Finish(napi_env env, napi_callback_info call);

/* Once in each thread of JavaScript. */
bool PrepareAhead(napi_env env);

#endif
