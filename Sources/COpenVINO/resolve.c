#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#include "COpenVINO.h"

const char *oddity_openvino_resolve(void *library, oddity_openvino_t *table) {
// Copies the bytes, because ISO C has no conversion from `void *` to a function pointer.
#define ODDITY_RESOLVE(name)                          \
  {                                                   \
    void *symbol = dlsym(library, #name);             \
    if (symbol == NULL) return #name;                 \
    memcpy(&table->name, &symbol, sizeof symbol);     \
  }
  ODDITY_OPENVINO_FUNCTIONS(ODDITY_RESOLVE)
#undef ODDITY_RESOLVE
  return NULL;
}
