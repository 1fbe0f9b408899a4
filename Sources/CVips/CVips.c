#include "CVips.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

// Names and values of libvips, from its public headers (vips/image.h, vips/foreign.h, glib/gmessages.h).
typedef struct cvips_region cvips_region;
typedef struct cvips_source cvips_source;
enum { ACCESS_SEQUENTIAL = 1, FAIL_ON_ERROR = 2, LOG_LEVELS_BELOW_ERROR = 0xf8 };

static struct {
  int (*init)(const char *);
  void (*operation_block_set)(const char *, int);
  void (*concurrency_set)(int);
  void (*cache_set_max)(int);
  const char *(*error_buffer)(void);
  void (*error_clear)(void);
  cvips_source *(*source_new_from_memory)(const void *, size_t);
  cvips_image *(*image_new_from_source)(cvips_source *, const char *, ...);
  int (*image_get_width)(const cvips_image *);
  int (*image_get_height)(const cvips_image *);
  int (*image_get_bands)(const cvips_image *);
  int (*image_get_format)(const cvips_image *);
  int (*image_get_interpretation)(const cvips_image *);
  cvips_region *(*region_new)(cvips_image *);
  unsigned char *(*region_fetch)(cvips_region *, int, int, int, int, size_t *);
  void (*object_unref)(void *);
  void (*free)(void *);
  unsigned (*log_set_handler)(const char *, int, void (*)(const char *, int, const char *, void *), void *);
} vips;

static const char *load_failure = NULL;

// The path that a program has set. Never freed, because another thread may be about to open it.
static const char *_Atomic named_library = NULL;

void cvips_use(const char *path) { atomic_store(&named_library, strdup(path)); }

static const struct {
  const char *name;
  void *slot;
} symbols[] = {
    {"vips_init", &vips.init},
    {"vips_operation_block_set", &vips.operation_block_set},
    {"vips_concurrency_set", &vips.concurrency_set},
    {"vips_cache_set_max", &vips.cache_set_max},
    {"vips_error_buffer", &vips.error_buffer},
    {"vips_error_clear", &vips.error_clear},
    {"vips_source_new_from_memory", &vips.source_new_from_memory},
    {"vips_image_new_from_source", &vips.image_new_from_source},
    {"vips_image_get_width", &vips.image_get_width},
    {"vips_image_get_height", &vips.image_get_height},
    {"vips_image_get_bands", &vips.image_get_bands},
    {"vips_image_get_format", &vips.image_get_format},
    {"vips_image_get_interpretation", &vips.image_get_interpretation},
    {"vips_region_new", &vips.region_new},
    {"vips_region_fetch", &vips.region_fetch},
    {"g_object_unref", &vips.object_unref},
    {"g_free", &vips.free},
    {"g_log_set_handler", &vips.log_set_handler},
};

// Discards warnings. They would be written to stderr between the caller's own messages. Failures are returned as errors.
static void discard_message(const char *domain, int level, const char *message, void *context) {
  (void)domain, (void)level, (void)message, (void)context;
}

static void *open_library(void) {
  const char *path = atomic_load(&named_library);
  void *named = path ? dlopen(path, RTLD_LAZY | RTLD_LOCAL) : NULL;
  if (named) return named;
  static const char *const names[] = {"libvips.so.42", "libvips.42.dylib",
                                      "/opt/homebrew/lib/libvips.42.dylib"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    void *library = dlopen(names[i], RTLD_LAZY | RTLD_LOCAL);
    if (library) return library;
  }
  return NULL;
}

static bool resolve_symbols(void *library) {
  for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
    void *address = dlsym(library, symbols[i].name);
    if (!address) return false;
    memcpy(symbols[i].slot, &address, sizeof address);
  }
  return true;
}

// Other loaders read formats that are not used for training, or pass the file to programs such as ImageMagick, whose parsers
// are an additional attack surface.
static void allow_loaders(void) {
  static const char *const allowed[] = {"VipsForeignLoadWebp", "VipsForeignLoadTiff"};
  vips.operation_block_set("VipsForeignLoad", 1);
  for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) vips.operation_block_set(allowed[i], 0);
}

static void load(void) {
  void *library = open_library();
  if (!library) {
    load_failure = "libvips is not installed; Debian's package is libvips42, Homebrew's is vips, PyPI's is pyvips-binary";
    return;
  }
  if (!resolve_symbols(library)) {
    load_failure = "the installed libvips is too old; version 8.13 or later is needed (Debian: libvips42)";
    return;
  }
  vips.log_set_handler("VIPS", LOG_LEVELS_BELOW_ERROR, discard_message, NULL);
  if (vips.init("oddity") != 0) {
    load_failure = "libvips cannot be started";
    return;
  }
  vips.concurrency_set(1);
  vips.cache_set_max(0);
  allow_loaders();
}

const char *cvips_load(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  return load_failure;
}

cvips_image *cvips_open(const void *bytes, size_t count) {
  cvips_source *source = vips.source_new_from_memory(bytes, count);
  if (!source) return NULL;
  cvips_image *image = vips.image_new_from_source(source, "", "access", ACCESS_SEQUENTIAL, "fail_on",
                                                  FAIL_ON_ERROR, NULL);
  vips.object_unref(source);
  return image;
}

int cvips_width(cvips_image *image) { return vips.image_get_width(image); }
int cvips_height(cvips_image *image) { return vips.image_get_height(image); }
int cvips_bands(cvips_image *image) { return vips.image_get_bands(image); }
int cvips_format(cvips_image *image) { return vips.image_get_format(image); }
int cvips_interpretation(cvips_image *image) { return vips.image_get_interpretation(image); }

// Reading in strips keeps libvips' second copy small. The caller's own thread reads them, because for small images libvips'
// thread pool costs more than decoding.
int cvips_read(cvips_image *image, void *pixels, size_t count) {
  enum { ROWS_PER_STRIP = 128 };
  cvips_region *region = vips.region_new(image);
  if (!region) return -1;
  int width = cvips_width(image), height = cvips_height(image), status = 0;
  size_t done = 0;
  for (int top = 0; top < height && status == 0; top += ROWS_PER_STRIP) {
    int rows = height - top < ROWS_PER_STRIP ? height - top : ROWS_PER_STRIP;
    size_t length = 0;
    unsigned char *strip = vips.region_fetch(region, 0, top, width, rows, &length);
    if (!strip || length > count - done) status = -1;
    if (status == 0) memcpy((char *)pixels + done, strip, length);
    done += length;
    if (strip) vips.free(strip);
  }
  vips.object_unref(region);
  return status == 0 && done == count ? 0 : -1;
}

void cvips_close(cvips_image *image) { vips.object_unref(image); }
const char *cvips_error(void) { return vips.error_buffer(); }
void cvips_clear_error(void) { vips.error_clear(); }
