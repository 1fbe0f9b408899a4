// Loads Oddity and another Swift library into one process: beside ROOT LIBRARY OTHER.
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "oddity.h"

typedef int32_t (*sum_function)(int32_t);
typedef int32_t (*run_function)(int32_t, const char *const *, oddity_listener, void *, oddity_handle *, oddity_error *);

static void *function_of(void *library, const char *name) {
  void *found = library == NULL ? NULL : dlsym(library, name);
  if (found != NULL) return found;
  fprintf(stderr, "%s\n", dlerror());
  exit(1);
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  // Oddity is loaded first, so that its global symbols would replace those of the other library.
  void *library = dlopen(argv[2], RTLD_NOW | RTLD_GLOBAL);
  void *other = dlopen(argv[3], RTLD_NOW | RTLD_GLOBAL);
  sum_function sum = (sum_function)function_of(other, "beside_sum");
  run_function run = (run_function)function_of(library, "oddity_run");
  char model[4096];
  snprintf(model, sizeof model, "%s/Tests/Fixtures/residual.ts.onnx", argv[1]);
  const char *arguments[] = {"blocks", model};
  for (int i = 0; i < 10; i++) {
    oddity_error error;
    oddity_handle output;
    int32_t status = run(2, arguments, NULL, NULL, &output, &error);
    if (status != ODDITY_OK) {
      fprintf(stderr, "oddity_run is %d: %s\n", status, error.message);
      return 1;
    }
    if (sum(100) != 4950) {
      fprintf(stderr, "the other library's sum is %d\n", sum(100));
      return 1;
    }
  }
  return 0;
}
