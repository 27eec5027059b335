// The addon imports its Node-API functions from "node.exe". In a one-file program the running image has
// another name, so the import is delayed and answered with whatever image is running. node-gyp brings its own
// hook; this one is for builds without it (build.mjs).

#include <windows.h>

#include <delayimp.h>
#include <string.h>

static FARPROC WINAPI AnswerWithRunningImage(unsigned event, PDelayLoadInfo info) {
  if (event != dliNotePreLoadLibrary || _stricmp(info->szDll, "node.exe") != 0) return nullptr;
  return reinterpret_cast<FARPROC>(GetModuleHandleW(nullptr));
}

extern "C" {
PfnDliHook __pfnDliNotifyHook2 = AnswerWithRunningImage;
}
