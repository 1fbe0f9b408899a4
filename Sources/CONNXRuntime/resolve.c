#include <dlfcn.h>
#include <string.h>

#include "CONNXRuntime.h"

// The first two members of `OrtApiBase`.
typedef struct {
  const void *const *(*get_api)(uint32_t version);
  const char *(*get_version)(void);
} api_base_t;

static const api_base_t *api_base(void *library) {
  void *symbol = dlsym(library, "OrtGetApiBase");
  if (symbol == NULL) return NULL;
  const api_base_t *(*get_base)(void);
  // Copies the bytes, because ISO C has no conversion from `void *` to a function pointer.
  memcpy(&get_base, &symbol, sizeof symbol);
  return get_base();
}

const char *oddity_ort_version(void *library) {
  const api_base_t *base = api_base(library);
  return base == NULL ? NULL : base->get_version();
}

int oddity_ort_resolve(void *library, oddity_ort_t *table) {
  const api_base_t *base = api_base(library);
  const void *const *functions = base == NULL ? NULL : base->get_api(ODDITY_ORT_API_VERSION);
  if (functions == NULL) return -1;
#define ODDITY_ORT_FILL(place, name, result, arguments) memcpy(&table->name, &functions[place], sizeof table->name);
  ODDITY_ORT_FUNCTIONS(ODDITY_ORT_FILL)
#undef ODDITY_ORT_FILL
  return 0;
}
