#include "heap.h"

#include <stdbool.h>

/* mallopt(3) of the GNU C library, which the process has or has not: the addon links with none. */
__attribute__((weak)) int mallopt(int parameter, int value);

enum { M_ARENA_MAX = -8 };

/* Returns whether the library has such a setting. */
napi_value LimitHeaps(napi_env env, napi_callback_info call) {
  (void)call;
  napi_value result;
  bool isSet = mallopt != NULL && mallopt(M_ARENA_MAX, 1) == 1;
  return napi_get_boolean(env, isSet, &result) == napi_ok ? result : NULL;
}
