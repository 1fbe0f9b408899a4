#include "check.h"

#include <math.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

_Thread_local oddity_error error;
const char *root = ".";
char folder[] = "/tmp/oddity-abi-XXXXXX";

static atomic_int checks, failures;

static void fail(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void say(const char *file, int line, const char *format, va_list arguments) {
  char text[8192];
  vsnprintf(text, sizeof text, format, arguments);
  fprintf(stderr, "%s:%d: %s\n", file, line, text);
  atomic_fetch_add(&failures, 1);
}

static void fail(const char *file, int line, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  say(file, line, format, arguments);
  va_end(arguments);
}

void check(bool holds, const char *file, int line, const char *format, ...) {
  atomic_fetch_add(&checks, 1);
  if (holds) return;
  va_list arguments;
  va_start(arguments, format);
  say(file, line, format, arguments);
  va_end(arguments);
}

void check_equal(int64_t found, int64_t expected, const char *file, int line, const char *text) {
  check(found == expected, file, line, "%s is %lld, not %lld", text, (long long)found, (long long)expected);
}

void check_holds(const char *text, const char *part, const char *file, int line) {
  check(strstr(text, part) != NULL, file, line, "\"%s\" is not in: %.2000s", part, text);
}

static const char untouched = 0x5a;

void forget_error(void) { memset(&error, untouched, sizeof error); }

void check_done(int32_t status, const char *file, int line, const char *call) {
  bool is_done = status == ODDITY_OK;
  check(is_done, file, line, "%s is %d: %s", call, status, is_done ? "" : error.message);
  if (!is_done) return;
  const char *bytes = (const char *)&error;
  size_t kept = 0;
  while (kept < sizeof error && bytes[kept] == untouched) kept++;
  check(kept == sizeof error, file, line, "%s succeeds, and writes an error", call);
}

// Checks the error of one call: the text is terminated and one line, and there is a name if the status is not specific
// enough.
static void check_error(int32_t status, const char *file, int line, const char *call) {
  check(error.status == status, file, line, "%s: the status %d is %d in the error", call, status, error.status);
  bool ends = memchr(error.name, 0, sizeof error.name) != NULL && memchr(error.message, 0, sizeof error.message) != NULL;
  check(ends, file, line, "%s: a text of the error does not end", call);
  if (!ends) exit(1);
  check(strchr(error.message, '\n') == NULL, file, line, "%s: more than one line: %s", call, error.message);
  check(error.message[0] != 0, file, line, "%s: no message", call);
}

void check_refused(int32_t status, int32_t status_alone, int32_t expected, const char *words, const char *file, int line,
                   const char *call) {
  check(status == expected, file, line, "%s is %d, not %d: %s", call, status, expected,
        status == ODDITY_OK ? "" : error.message);
  check(status_alone == expected, file, line, "%s is %d, not %d, where the error is NULL", call, status_alone, expected);
  if (status == ODDITY_OK) return;
  check_error(status, file, line, call);
  check_holds(error.message, words, file, line);
}

int end_checks(void) {
  printf("%d checks, %d failed\n", atomic_load(&checks), atomic_load(&failures));
  return failures == 0 ? 0 : 1;
}

// -- Fixtures -------------------------------------------------------------------------------------------------------------------

const char *path_in(const char *of, const char *name) {
  // Kept as long as the program runs, so that a repeated call gets the same text.
  static char *paths[64];
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", of, name);
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
    if (paths[i] == NULL) paths[i] = strdup(path);
    if (strcmp(paths[i], path) == 0) return paths[i];
  }
  fail(__FILE__, __LINE__, "too many paths");
  exit(1);
}

// Waves, which a network of random weights distinguishes better than noise.
uint8_t *images(int64_t count, uint64_t seed) {
  uint8_t *pixels = malloc((size_t)(count * PIXELS));
  uint64_t state = seed * 0x9e3779b97f4a7c15 + 1;
  for (int64_t image = 0; image < count; image++) {
    double draws[5];
    for (int i = 0; i < 5; i++) {
      state = state * 6364136223846793005 + 1442695040888963407;
      draws[i] = (double)(state >> 11) / 9007199254740992.0;
    }
    for (int i = 0; i < PIXELS; i++) {
      int row = i / (SIDE * CHANNELS), column = i / CHANNELS % SIDE, channel = i % CHANNELS;
      double angle = draws[0] * row + draws[1] * column + draws[2] * 6 + channel * draws[3];
      pixels[image * PIXELS + i] = (uint8_t)(127.5 + 127 * draws[4] * sin(angle));
    }
  }
  return pixels;
}

oddity_handle source_of(int64_t count, uint64_t seed) {
  oddity_handle source = 0;
  uint8_t *pixels = images(count, seed);
  DONE(oddity_source_new, &source);
  DONE(oddity_source_add_pixels, source, "image", pixels, count, SIDE, SIDE, CHANNELS, NULL);
  free(pixels);
  return source;
}

char *pnm_of(const uint8_t *pixels, size_t *size) {
  char head[32];
  int length = snprintf(head, sizeof head, "P6 %d %d 255\n", SIDE, SIDE);
  char *file = malloc((size_t)length + PIXELS);
  memcpy(file, head, (size_t)length);
  memcpy(file + length, pixels, PIXELS);
  *size = (size_t)length + PIXELS;
  return file;
}

const char *guarded(const char *network) {
  const char *path = path_in(folder, network);
  if (access(path, R_OK) == 0) return path;
  oddity_handle source = source_of(160, 1), output = 0;
  char name[32], model[256];
  snprintf(name, sizeof name, "memory:%llu", (unsigned long long)source);
  snprintf(model, sizeof model, "Tests/Fixtures/%s", network);
  const char *arguments[] = {"fit",     path_in(root, model),  "--id",   name, "--preprocess", "cifar", "--score",
                             "featurenorm,energy", "--with-map", "--seed", "1", "-o", path};
  DONE(oddity_run, sizeof arguments / sizeof *arguments, arguments, NULL, NULL, &output);
  DONE(oddity_free, output);
  DONE(oddity_free, source);
  return path;
}

oddity_handle detector_of(const char *network) {
  // Each thread has its own runs, with one engine thread for each.
  oddity_engine engine = {.threads = 1};
  oddity_handle detector = 0;
  DONE(oddity_detector_open, guarded(network), &engine, &detector);
  // Without a detector, there is nothing to check.
  if (detector == 0) exit(end_checks());
  return detector;
}

char *take_text(oddity_handle bytes) {
  size_t count = 0;
  DONE(oddity_bytes_count, bytes, &count);
  char *text = malloc(count + 1);
  DONE(oddity_bytes_copy, bytes, text, count);
  DONE(oddity_free, bytes);
  text[count] = 0;
  EQUAL(strlen(text), count);
  return text;
}

oddity_handle given_back_handle(void) {
  oddity_handle source = 0;
  DONE(oddity_source_new, &source);
  DONE(oddity_free, source);
  return source;
}

oddity_columns columns_of(results *place) {
  memset(place, 0xff, sizeof *place);
  return (oddity_columns){place->scores[0], place->p_values,    place->outliers,
                          place->classes,   place->confidences, place->calibrated_confidences};
}

void check_results(const results *found, const results *expected, int64_t count, const char *file, int line) {
  for (int64_t i = 0; i < count; i++) {
    for (int score = 0; score < 2; score++) {
      double a = found->scores[i][score], b = expected->scores[i][score];
      check(fabs(a - b) <= 1e-5 * fmax(1, fabs(b)), file, line, "score %d of image %d is %.9g, not %.9g", score, (int)i, a, b);
    }
    // An image whose score is near that of a calibration image may fall on either side of it.
    check(fabs(found->p_values[i] - expected->p_values[i]) < 0.05, file, line, "p-value %d is %g, not %g", (int)i,
          found->p_values[i], expected->p_values[i]);
    check(found->outliers[i] <= 1, file, line, "verdict %d is %d", (int)i, found->outliers[i]);
    check(found->classes[i] == expected->classes[i], file, line, "class %d is %d, not %d", (int)i, (int)found->classes[i],
          (int)expected->classes[i]);
    check(fabs(found->confidences[i] - expected->confidences[i]) < 1e-5, file, line, "confidence %d is %g, not %g", (int)i,
          found->confidences[i], expected->confidences[i]);
    // The models of these tests have no temperature.
    check(isnan(found->calibrated_confidences[i]), file, line, "calibrated confidence %d is %g", (int)i,
          found->calibrated_confidences[i]);
  }
}

long resident(void) {
  long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file == NULL || fscanf(file, "%*d %ld", &pages) != 1) fail(__FILE__, __LINE__, "/proc/self/statm cannot be read");
  if (file != NULL) fclose(file);
  return pages * (sysconf(_SC_PAGESIZE) / 1024);
}
