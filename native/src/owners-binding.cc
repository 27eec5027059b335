#include "addon.h"

void InitOwners(Napi::Env, Napi::Object) {}
