// oddity_run, and the preprocessing of images.
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"

// The events that a listener received.
typedef struct {
  pthread_t thread;
  int calls, silent, messages, steps, foreign, wrong;
  // All messages.
  char said[8192];
  // The number of calls after which it cancels; 0 means never.
  int patience;
} listener;

static int32_t hear(const oddity_event *event, void *context) {
  listener *heard = (listener *)context;
  heard->calls++;
  heard->foreign += !pthread_equal(pthread_self(), heard->thread);
  if (event->text == NULL) {
    heard->silent++;
  } else if (event->total == 0) {
    heard->messages++;
    strncat(heard->said, event->text, sizeof heard->said - strlen(heard->said) - 1);
  } else {
    heard->steps++;
    heard->wrong += event->done < 0 || event->done > event->total || event->text[0] == 0;
  }
  return heard->patience > 0 && heard->calls >= heard->patience;
}

static const char *spec_of(oddity_handle source, char place[32]) {
  snprintf(place, 32, "memory:%llu", (unsigned long long)source);
  return place;
}

#define COUNT_OF(arguments) (int32_t)(sizeof(arguments) / sizeof *(arguments))

static void check_fit(void) {
  oddity_handle id = source_of(120, 1), calibration = source_of(40, 2), output = 0;
  char id_name[32], calibration_name[32];
  const char *path = path_in(folder, "fitted.onnx");
  const char *arguments[] = {"fit", path_in(root, "Tests/Fixtures/residual.ts.onnx"), "--id", spec_of(id, id_name),
                             "--calibration", spec_of(calibration, calibration_name), "--preprocess", "cifar", "--score",
                             "featurenorm", "--seed", "1", "--json", "-o", path};
  listener heard = {.thread = pthread_self()};
  DONE(oddity_run, COUNT_OF(arguments), arguments, hear, &heard, &output);
  CHECK(heard.steps > 0);
  EQUAL(heard.foreign, 0);
  EQUAL(heard.wrong, 0);
  char *text = take_text(output);
  HOLDS(text, "\"calibration_images\": 40");
  HOLDS(text, "\"images\": 160");
  free(text);
  EQUAL(access(path, R_OK), 0);

  // A call without a listener writes the same file.
  const char *again = path_in(folder, "again.onnx");
  arguments[COUNT_OF(arguments) - 1] = again;
  DONE(oddity_run, COUNT_OF(arguments), arguments, NULL, NULL, &output);
  DONE(oddity_free, output);
  static char contents[2][1 << 18];
  size_t sizes[2];
  for (int i = 0; i < 2; i++) {
    FILE *file = fopen(i ? again : path, "rb");
    CHECK(file != NULL);
    sizes[i] = file == NULL ? 0 : fread(contents[i], 1, sizeof contents[i], file);
    if (file != NULL) fclose(file);
  }
  EQUAL(sizes[1], sizes[0]);
  SAME_BYTES(contents[1], contents[0], sizes[0]);

  // Without --calibration there is a warning, which is not progress.
  const char *warned[] = {"fit", arguments[1], "--id", id_name, "--preprocess", "cifar", "--score", "featurenorm", "-o", again};
  listener told = {.thread = pthread_self()};
  DONE(oddity_run, COUNT_OF(warned), warned, hear, &told, &output);
  DONE(oddity_free, output);
  CHECK(told.messages > 0);
  HOLDS(told.said, "warning: a part of --id is used for calibration");
  DONE(oddity_free, id);
  DONE(oddity_free, calibration);
}

// A cancelled fit leaves no file.
static void check_cancelled_fit(void) {
  oddity_handle id = source_of(120, 1), output = 7;
  char name[32];
  const char *path = path_in(folder, "cancelled.onnx");
  const char *arguments[] = {"fit", path_in(root, "Tests/Fixtures/residual.ts.onnx"), "--id", spec_of(id, name),
                             "--preprocess", "cifar", "-o", path};
  for (int patience = 1; patience <= 3; patience++) {
    listener heard = {.thread = pthread_self(), .patience = patience};
    EQUAL(oddity_run(COUNT_OF(arguments), arguments, hear, &heard, &output, &error), ODDITY_CANCELLED);
    EQUAL(error.status, ODDITY_CANCELLED);
    HOLDS(error.message, "cancelled by the caller");
    // A listener is not called again after it has cancelled.
    EQUAL(heard.calls, patience);
    EQUAL(output, 7);
    CHECK(access(path, F_OK) != 0);
  }
  listener heard = {.thread = pthread_self(), .patience = 1};
  EQUAL(oddity_run(COUNT_OF(arguments), arguments, hear, &heard, &output, NULL), ODDITY_CANCELLED);
  DONE(oddity_free, id);
}

// Images that fail are reported, and the others are scored.
static void check_failed_inputs(void) {
  uint8_t *pixels = images(1, 3);
  size_t size;
  char *file = pnm_of(pixels, &size);
  oddity_handle source = 0, output = 0;
  char name[32];
  DONE(oddity_source_new, &source);
  DONE(oddity_source_add_file, source, "whole", file, size);
  DONE(oddity_source_add_file, source, "half", file, size / 2);
  const char *arguments[] = {"score", guarded("residual.ts.onnx"), spec_of(source, name)};
  forget_error();
  EQUAL(oddity_run(COUNT_OF(arguments), arguments, NULL, NULL, &output, &error), ODDITY_INPUT_FAILED);
  EQUAL(error.status, ODDITY_INPUT_FAILED);
  char *text = take_text(output);
  HOLDS(text, "{\"input\":\"whole\",\"score\":");
  HOLDS(text, "{\"input\":\"half\",\"error\":");
  free(text);
  EQUAL(oddity_run(COUNT_OF(arguments), arguments, NULL, NULL, &output, NULL), ODDITY_INPUT_FAILED);
  DONE(oddity_free, output);
  DONE(oddity_free, source);
  free(file);
  free(pixels);
}

#define RUN_REFUSED(status, words, ...) \
  do { \
    const char *arguments[] = {__VA_ARGS__}; \
    REFUSED(status, words, oddity_run, COUNT_OF(arguments), arguments, NULL, NULL, &output); \
    EQUAL(output, 0); \
  } while (0)

static void check_refused_commands(void) {
  oddity_handle output = 0, id = source_of(120, 1), bytes = 0, empty = 0;
  char name[32], freed[32], bytes_name[32], empty_name[32];
  const char *version[] = {"--version"}, *gap[] = {"scores", NULL};
  const char *model = path_in(root, "Tests/Fixtures/residual.ts.onnx");
  DONE(oddity_run, 1, version, NULL, NULL, &output);
  char *text = take_text(output);
  HOLDS(text, oddity_version());
  free(text);

  output = 0;
  REFUSED(ODDITY_USAGE, "output is NULL", oddity_run, 1, version, NULL, NULL, NULL);
  REFUSED(ODDITY_USAGE, "-1", oddity_run, -1, version, NULL, NULL, &output);
  REFUSED(ODDITY_USAGE, "NULL", oddity_run, 1, NULL, NULL, NULL, &output);
  REFUSED(ODDITY_USAGE, "argv[1] is NULL", oddity_run, 2, gap, NULL, NULL, &output);
  RUN_REFUSED(ODDITY_USAGE, "frobnicate", "frobnicate");
  RUN_REFUSED(ODDITY_USAGE, "--frobnicate", "scores", "--frobnicate");
  RUN_REFUSED(ODDITY_BAD_INPUT, "guarded", "score", model, spec_of(id, name));
  RUN_REFUSED(ODDITY_OUTPUT, "/nowhere/at/all.onnx", "fit", model, "--id", name, "--preprocess", "cifar", "--score", "energy",
              "-o", "/nowhere/at/all.onnx");

  // Numbers that are not handles of sources.
  DONE(oddity_source_names, id, &bytes);
  DONE(oddity_source_new, &empty);
  RUN_REFUSED(ODDITY_BAD_INPUT, "memory:", "score", guarded("residual.ts.onnx"), spec_of(given_back_handle(), freed));
  RUN_REFUSED(ODDITY_BAD_INPUT, "memory:", "score", guarded("residual.ts.onnx"), spec_of(bytes, bytes_name));
  RUN_REFUSED(ODDITY_BAD_INPUT, "memory:", "score", guarded("residual.ts.onnx"), spec_of(empty, empty_name));
  RUN_REFUSED(ODDITY_BAD_INPUT, "memory:-1", "score", guarded("residual.ts.onnx"), "memory:-1");
  DONE(oddity_free, empty);
  DONE(oddity_free, bytes);
  DONE(oddity_free, id);

  // Help is not a failure, and neither is a command without output.
  const char *help[] = {"fit", "--help"};
  DONE(oddity_run, 2, help, NULL, NULL, &output);
  text = take_text(output);
  HOLDS(text, "--calibration");
  free(text);
}

void check_commands(void) {
  check_fit();
  check_cancelled_fit();
  check_failed_inputs();
  check_refused_commands();
}

// -- Preprocessing --------------------------------------------------------------------------------------------------------------

static void check_tensors(void) {
  enum { COUNT = 5 };
  uint8_t *pixels = images(COUNT, 9);
  oddity_handle source = source_of(COUNT, 9), failures = 7;
  int64_t shape[] = {CHANNELS, SIDE, SIDE}, shape_last[] = {SIDE, SIDE, CHANNELS};
  float *values = malloc(sizeof(float) * COUNT * PIXELS), *last = malloc(sizeof(float) * COUNT * PIXELS);
  listener heard = {.thread = pthread_self()};
  DONE(oddity_preprocess, NULL, shape, source, values, COUNT, hear, &heard, &failures);
  EQUAL(failures, 0);
  CHECK(heard.calls > 0);
  DONE(oddity_preprocess, NULL, shape_last, source, last, COUNT, NULL, NULL, &failures);
  int wrong = 0;
  for (int i = 0; i < COUNT * PIXELS; i++) {
    int image = i / PIXELS, place = i % PIXELS, channel = place % CHANNELS, position = place / CHANNELS;
    float expected = (float)pixels[i] / 255;
    wrong += fabsf(last[i] - expected) > 1e-6f;
    wrong += fabsf(values[image * PIXELS + channel * SIDE * SIDE + position] - expected) > 1e-6f;
  }
  EQUAL(wrong, 0);

  // A preset, and the user's own file.
  const char *path = path_in(folder, "preprocess.json");
  FILE *file = fopen(path, "w");
  CHECK(file != NULL && fputs("{\"mean\": 0.5, \"std\": 0.25}", file) >= 0 && fclose(file) == 0);
  DONE(oddity_preprocess, path, shape_last, source, last, COUNT, NULL, NULL, &failures);
  CHECK(fabsf(last[0] - ((float)pixels[0] / 255 - 0.5f) / 0.25f) < 1e-5f);
  DONE(oddity_preprocess, "cifar", shape, source, values, COUNT, NULL, NULL, &failures);

  // The tensor of a failed image stays unchanged.
  DONE(oddity_source_add_file, source, "broken \"1\"", "P6 32 32 255\n", 13);
  values = realloc(values, sizeof(float) * (COUNT + 1) * PIXELS);
  for (int i = 0; i < (COUNT + 1) * PIXELS; i++) values[i] = -77;
  DONE(oddity_preprocess, NULL, shape, source, values, COUNT + 1, NULL, NULL, &failures);
  CHECK(failures != 0);
  char *text = take_text(failures);
  HOLDS(text, "{\"5\":\"");
  HOLDS(text, "broken");
  free(text);
  CHECK(values[0] != -77 && values[COUNT * PIXELS] == -77 && values[(COUNT + 1) * PIXELS - 1] == -77);
  DONE(oddity_free, source);
  free(last);
  free(values);
  free(pixels);
}

#define PREPROCESS(handle, words) \
  REFUSED(ODDITY_BAD_HANDLE, words, oddity_preprocess, NULL, shape, handle, values, 1, NULL, NULL, &failures)

static void check_refused_preprocessing(void) {
  oddity_handle source = source_of(1, 9), failures = 7, empty = 0, bytes = 0;
  static float values[PIXELS];
  int64_t shape[] = {CHANNELS, SIDE, SIDE};
  DONE(oddity_source_names, source, &bytes);
  PREPROCESS(bytes, "to another kind");
  REFUSES_HANDLES(bytes, PREPROCESS);
  DONE(oddity_free, bytes);
#define REFUSED_TENSORS(words, preprocessing, shape, values, rows, failures) \
  REFUSED(ODDITY_USAGE, words, oddity_preprocess, preprocessing, shape, source, values, rows, NULL, NULL, failures)
  REFUSED_TENSORS("shape is NULL", NULL, NULL, values, 1, &failures);
  REFUSED_TENSORS("values is NULL", NULL, shape, NULL, 1, &failures);
  REFUSED_TENSORS("failures is NULL", NULL, shape, values, 1, NULL);
  REFUSED_TENSORS("2 rows but 1 images", NULL, shape, values, 2, &failures);
  REFUSED_TENSORS("0 rows but 1 images", NULL, shape, values, 0, &failures);
  REFUSED_TENSORS("-1 rows but 1 images", NULL, shape, values, -1, &failures);
  int64_t wrong[][3] = {{3, 0, 32}, {3, -32, 32}, {INT64_MAX, 2, 3}, {(int64_t)1 << 62, 2, 2}, {-3, -32, 32}};
  for (int i = 0; i < 5; i++) REFUSED_TENSORS("is not the shape", NULL, wrong[i], values, 1, &failures);
  REFUSED(ODDITY_BAD_INPUT, "imagenet, cifar", oddity_preprocess, "nothing", shape, source, values, 1, NULL, NULL, &failures);
  listener heard = {.thread = pthread_self(), .patience = 1};
  EQUAL(oddity_preprocess(NULL, shape, source, values, 1, hear, &heard, &failures, &error), ODDITY_CANCELLED);
  EQUAL(failures, 7);
  DONE(oddity_source_new, &empty);
  DONE(oddity_preprocess, NULL, shape, empty, values, 0, NULL, NULL, &failures);
  EQUAL(failures, 0);
  DONE(oddity_free, empty);
  DONE(oddity_free, source);
}

void check_preprocessing(void) {
  check_tensors();
  check_refused_preprocessing();
}
