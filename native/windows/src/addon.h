#pragma once

#include <napi.h>

// What each part puts into the module's exports; each lives in its own *-binding.cc.

/** Frozen views of volumes (VSS): createShadow, volumeOf, isElevated. */
void InitShadow(Napi::Env env, Napi::Object exports);

/** Who holds a file. */
void InitOwners(Napi::Env env, Napi::Object exports);

/** What Windows knows of files beyond what Node tells. */
void InitFiles(Napi::Env env, Napi::Object exports);
