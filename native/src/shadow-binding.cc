#include "addon.h"

void InitShadow(Napi::Env, Napi::Object) {}
