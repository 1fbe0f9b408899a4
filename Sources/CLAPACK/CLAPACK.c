#include "CLAPACK.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The Fortran interface. Its hidden arguments are the lengths of strings.
static struct {
  void (*dsyrk)(const char *, const char *, const int *, const int *, const double *, const double *, const int *,
                const double *, double *, const int *, size_t, size_t);
  void (*dsyevd)(const char *, const char *, const int *, double *, const int *, double *, double *, const int *,
                 int *, const int *, int *, size_t, size_t);
  // Specific to OpenBLAS; NULL in other libraries.
  int (*get_threads)(void);
  void (*set_threads)(int);
  void (*dposv)(const char *, const int *, const int *, double *, const int *, double *, const int *, int *, size_t);
} lapack;

static const char *load_failure = NULL;

// The path that a program has set. Never freed, because another thread may be about to open it.
static const char *_Atomic named_library = NULL;

void clapack_use(const char *path) { atomic_store(&named_library, strdup(path)); }

static void *open_library(void) {
  const char *path = atomic_load(&named_library);
  void *named = path ? dlopen(path, RTLD_LAZY | RTLD_LOCAL) : NULL;
  if (named) return named;
  static const char *const names[] = {"libopenblas.so.0", "libopenblas.so", "libopenblas.dylib",
                                      "/opt/homebrew/opt/openblas/lib/libopenblas.dylib", "liblapack.so.3"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    void *library = dlopen(names[i], RTLD_LAZY | RTLD_LOCAL);
    if (library) return library;
  }
  return NULL;
}

// The OpenBLAS from PyPI (scipy-openblas32) has a prefix before every name.
static void *find(void *library, const char *name) {
  char prefixed[64];
  void *symbol = library ? dlsym(library, name) : NULL;
  if (!library || symbol) return symbol;
  snprintf(prefixed, sizeof prefixed, "scipy_%s", name);
  return dlsym(library, prefixed);
}

static void load(void) {
  void *library = open_library();
  void *dsyrk = find(library, "dsyrk_");
  void *dsyevd = find(library, "dsyevd_");
  void *dposv = find(library, "dposv_");
  if (!dsyrk || !dsyevd || !dposv) {
    load_failure = "OpenBLAS is not installed; Debian's package is libopenblas0-pthread, Homebrew's is openblas, PyPI's is "
                   "scipy-openblas32";
    return;
  }
  void *get_threads = find(library, "openblas_get_num_threads");
  void *set_threads = find(library, "openblas_set_num_threads");
  memcpy(&lapack.get_threads, &get_threads, sizeof get_threads);
  memcpy(&lapack.set_threads, &set_threads, sizeof set_threads);
  memcpy(&lapack.dsyrk, &dsyrk, sizeof dsyrk);
  memcpy(&lapack.dsyevd, &dsyevd, sizeof dsyevd);
  memcpy(&lapack.dposv, &dposv, sizeof dposv);
}

const char *clapack_load_failure(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  return load_failure;
}

void clapack_add_squares(int n, int k, const double *a, double *c) {
  const double one = 1;
  lapack.dsyrk("U", "N", &n, &k, &one, a, &n, &one, c, &n, 1, 1);
}

int clapack_symmetric_eigen(int n, double *a, double *values) {
  int info = 0, ask = -1, integers = 0;
  double doubles = 0;
  lapack.dsyevd("V", "U", &n, a, &n, values, &doubles, &ask, &integers, &ask, &info, 1, 1);
  if (info != 0) return info;
  int workspace = (int)doubles;
  double *work = malloc(sizeof(double) * (size_t)workspace);
  int *iwork = malloc(sizeof(int) * (size_t)integers);
  if (work && iwork) {
    lapack.dsyevd("V", "U", &n, a, &n, values, work, &workspace, iwork, &integers, &info, 1, 1);
  } else {
    info = -1;
  }
  free(work);
  free(iwork);
  return info;
}

int clapack_solve_positive(int n, int k, double *a, double *b) {
  int info = 0;
  lapack.dposv("U", &n, &k, a, &n, b, &n, &info, 1);
  return info;
}

int clapack_set_threads(int count) {
  if (clapack_load_failure() || !lapack.get_threads || !lapack.set_threads) return 0;
  int before = lapack.get_threads();
  lapack.set_threads(count);
  return before;
}
