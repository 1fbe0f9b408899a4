// oddity_detector_open and the functions that score.
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "check.h"

enum { COUNT = 20 };

static int32_t count_calls(const oddity_event *event, void *context) {
  (void)event;
  ++*(int *)context;
  return 0;
}

static int32_t refuse(const oddity_event *event, void *context) {
  (void)event;
  ++*(int *)context;
  return 1;
}

static void check_description(oddity_handle detector) {
  oddity_handle json = 0;
  DONE(oddity_detector_describe, detector, &json);
  char *text = take_text(json);
  HOLDS(text, "\"scores\":[\"featurenorm\",\"energy\"]");
  HOLDS(text, "\"sample_shape\":[3,32,32]}");
  HOLDS(text, "\"threshold\":");
  free(text);
  REFUSED(ODDITY_USAGE, "json is NULL", oddity_detector_describe, detector, NULL);
}

#define SAME_RESULTS(found, expected, count) check_results(&(found), &(expected), (count), __FILE__, __LINE__)

// Files, pixels and tensors of the same images have the same results.
static void check_kinds_of_images(oddity_handle detector) {
  uint8_t *pixels = images(COUNT, 9);
  oddity_handle source = source_of(COUNT, 9), files = 0, arrays = 0, failures = 7;
  static results of_pixels, of_files, of_arrays, of_tensors, one;
  oddity_columns columns = columns_of(&of_pixels);
  int calls = 0;
  DONE(oddity_score, detector, source, &columns, COUNT, count_calls, &calls, &failures);
  EQUAL(failures, 0);
  CHECK(calls > 0);
  for (int i = 0; i < COUNT; i++) CHECK(of_pixels.p_values[i] > 0 && of_pixels.p_values[i] <= 1);
  // Nothing is written after the last row.
  CHECK(isnan(of_pixels.p_values[COUNT]) && of_pixels.classes[COUNT] == -1 && of_pixels.outliers[COUNT] == 0xff);

  DONE(oddity_source_new, &files);
  for (int i = 0; i < COUNT; i++) {
    size_t size;
    char *file = pnm_of(pixels + i * PIXELS, &size);
    DONE(oddity_source_add_file, files, "file", file, size);
    free(file);
  }
  columns = columns_of(&of_files);
  DONE(oddity_score, detector, files, &columns, COUNT, NULL, NULL, &failures);
  SAME_RESULTS(of_files, of_pixels, COUNT);

  int64_t shape[] = {COUNT, CHANNELS, SIDE, SIDE};
  float *values = malloc(sizeof(float) * COUNT * PIXELS);
  DONE(oddity_preprocess, "cifar", shape + 1, source, values, COUNT, NULL, NULL, &failures);
  columns = columns_of(&of_tensors);
  calls = 0;
  DONE(oddity_score_tensors, detector, values, shape, 4, &columns, count_calls, &calls);
  CHECK(calls > 0);
  SAME_RESULTS(of_tensors, of_pixels, COUNT);

  DONE(oddity_source_new, &arrays);
  DONE(oddity_source_add_tensors, arrays, "array", values, COUNT, shape + 1, NULL);
  columns = columns_of(&of_arrays);
  DONE(oddity_score, detector, arrays, &columns, COUNT, NULL, NULL, &failures);
  SAME_RESULTS(of_arrays, of_pixels, COUNT);

  // Images one by one, and columns that are left out.
  for (int i = 0; i < COUNT; i++) {
    int64_t single[] = {1, CHANNELS, SIDE, SIDE};
    columns = (oddity_columns){one.scores[i],   one.p_values + i,    one.outliers + i,
                               one.classes + i, one.confidences + i, one.calibrated_confidences + i};
    DONE(oddity_score_tensors, detector, values + i * PIXELS, single, 4, &columns, NULL, NULL);
  }
  SAME_RESULTS(one, of_pixels, COUNT);
  oddity_columns none = {0}, only = {.classes = one.classes};
  DONE(oddity_score_tensors, detector, values, shape, 4, &none, NULL, NULL);
  DONE(oddity_score, detector, source, &none, COUNT, NULL, NULL, &failures);
  memset(one.classes, 0, sizeof one.classes);
  DONE(oddity_score_tensors, detector, values, shape, 4, &only, NULL, NULL);
  SAME_BYTES(one.classes, of_pixels.classes, sizeof *one.classes * COUNT);

  DONE(oddity_free, arrays);
  DONE(oddity_free, files);
  DONE(oddity_free, source);
  free(values);
  free(pixels);
}

// The contributions of all positions add up to the image's FeatureNorm, the calibrated score.
static void check_maps(oddity_handle detector) {
  oddity_handle source = source_of(COUNT, 9), description = 0, failures = 7;
  results found;
  oddity_columns columns = columns_of(&found);
  DONE(oddity_detector_describe, detector, &description);
  char *text = take_text(description);
  int height = 0, width = 0;
  const char *map = strstr(text, "\"map\"");
  CHECK(map != NULL && sscanf(strstr(map, "\"height\":"), "\"height\":%d,\"width\":%d", &height, &width) == 2);
  free(text);
  int positions = height * width;
  DONE(oddity_source_add_file, source, "broken", "GIF89a", 6);
  float *sums = malloc(sizeof(float) * (COUNT + 1) * positions), *chances = malloc(sizeof(float) * (COUNT + 1) * positions);
  DONE(oddity_score, detector, source, &columns, COUNT + 1, NULL, NULL, &failures);
  DONE(oddity_free, failures);
  DONE(oddity_maps, detector, source, sums, chances, COUNT + 1, NULL, NULL, &failures);
  text = take_text(failures);
  HOLDS(text, "'broken' ");
  free(text);
  for (int i = 0; i < COUNT; i++) {
    double sum = 0;
    for (int p = 0; p < positions; p++) {
      sum += sums[i * positions + p];
      CHECK(chances[i * positions + p] > 0 && chances[i * positions + p] <= 1);
    }
    CHECK(fabs(sum - found.scores[i][0]) < 1e-4 * sum);
  }
  CHECK(isnan(sums[COUNT * positions]) && isnan(chances[COUNT * positions]));
  DONE(oddity_maps, detector, source, NULL, NULL, COUNT + 1, NULL, NULL, &failures);
  DONE(oddity_free, failures);
  REFUSED(ODDITY_USAGE, "3 rows but 21 images", oddity_maps, detector, source, sums, chances, 3, NULL, NULL, &failures);
  free(sums);
  free(chances);
  DONE(oddity_free, source);
}

static void check_failed_images(oddity_handle detector) {
  oddity_handle source = source_of(1, 9), failures = 0;
  results found;
  oddity_columns columns = columns_of(&found);
  DONE(oddity_source_add_file, source, "broken", "GIF89a", 6);
  DONE(oddity_score, detector, source, &columns, 2, NULL, NULL, &failures);
  char *text = take_text(failures);
  HOLDS(text, "{\"1\":\"'broken' ");
  free(text);
  CHECK(!isnan(found.scores[0][0]) && isnan(found.scores[1][0]) && isnan(found.scores[1][1]) && isnan(found.p_values[1]));
  CHECK(isnan(found.confidences[1]));
  EQUAL(found.outliers[1], 1);
  EQUAL(found.classes[1], -1);
  DONE(oddity_free, source);
}

static void check_no_images(oddity_handle detector) {
  oddity_handle empty = 0, failures = 7;
  results found;
  oddity_columns columns = columns_of(&found);
  int64_t shape[] = {0, CHANNELS, SIDE, SIDE};
  DONE(oddity_source_new, &empty);
  DONE(oddity_score, detector, empty, &columns, 0, NULL, NULL, &failures);
  EQUAL(failures, 0);
  DONE(oddity_score_tensors, detector, NULL, shape, 4, &columns, NULL, NULL);
  CHECK(isnan(found.p_values[0]));
  DONE(oddity_free, empty);
}

static void check_refused_scoring(oddity_handle detector) {
  oddity_handle source = source_of(1, 9), failures = 7;
  static float values[PIXELS + 1];
  results found;
  oddity_columns columns = columns_of(&found);
  int64_t shape[] = {1, CHANNELS, SIDE, SIDE};
#define REFUSED_SCORE(words, columns, rows, failures) \
  REFUSED(ODDITY_USAGE, words, oddity_score, detector, source, columns, rows, NULL, NULL, failures)
  REFUSED_SCORE("columns is NULL", NULL, 1, &failures);
  REFUSED_SCORE("failures is NULL", &columns, 1, NULL);
  REFUSED_SCORE("0 rows but 1 images", &columns, 0, &failures);
  REFUSED_SCORE("-1 rows but 1 images", &columns, -1, &failures);
  REFUSED_SCORE("9223372036854775807 rows", &columns, INT64_MAX, &failures);
#define REFUSED_TENSORS(words, values, shape, rank, columns) \
  REFUSED(ODDITY_USAGE, words, oddity_score_tensors, detector, values, shape, rank, columns, NULL, NULL)
  REFUSED_TENSORS("columns is NULL", values, shape, 4, NULL);
  REFUSED_TENSORS("shape is NULL", values, NULL, 4, &columns);
  REFUSED_TENSORS("values is NULL", NULL, shape, 4, &columns);
  REFUSED_TENSORS("takes [N, 3, 32, 32]", values, shape, 3, &columns);
  REFUSED_TENSORS("takes [N, 3, 32, 32]", values, shape, 0, &columns);
  REFUSED_TENSORS("takes [N, 3, 32, 32]", values, shape, -4, &columns);
  // Shapes with so many sides are refused before they are read.
  REFUSED_TENSORS("takes [N, 3, 32, 32]", values, shape, INT32_MAX, &columns);
  int64_t wrong[][4] = {{1, SIDE, SIDE, CHANNELS}, {-1, CHANNELS, SIDE, SIDE}, {INT64_MIN, CHANNELS, SIDE, SIDE},
                        {INT64_MAX, CHANNELS, SIDE, SIDE}, {1, CHANNELS, SIDE, 0},
                        {INT64_MAX / PIXELS + 1, CHANNELS, SIDE, SIDE}};
  for (int i = 0; i < 6; i++) REFUSED_TENSORS("takes [N, 3, 32, 32]", values, wrong[i], 4, &columns);
  for (int shift = 1; shift < 4; shift++) {
    REFUSED_TENSORS("not aligned", (float *)(void *)((char *)values + shift), shape, 4, &columns);
  }
  CHECK(isnan(found.p_values[0]));

  // A listener may cancel, and is then not called again.
  int calls = 0;
  EQUAL(oddity_score(detector, source, &columns, 1, refuse, &calls, &failures, &error), ODDITY_CANCELLED);
  EQUAL(calls, 1);
  EQUAL(failures, 7);
  EQUAL(oddity_score_tensors(detector, values, shape, 4, &columns, refuse, &calls, &error), ODDITY_CANCELLED);
  EQUAL(calls, 2);
  EQUAL(oddity_score_tensors(detector, values, shape, 4, &columns, refuse, &calls, NULL), ODDITY_CANCELLED);
  // Afterwards the detector works as before.
  DONE(oddity_score_tensors, detector, values, shape, 4, &columns, NULL, NULL);
  CHECK(!isnan(found.p_values[0]));
  DONE(oddity_free, source);
}

#define OF_DETECTOR(handle, words) REFUSED(ODDITY_BAD_HANDLE, words, oddity_detector_describe, handle, &other)
#define SCORE_DETECTOR(handle, words) \
  REFUSED(ODDITY_BAD_HANDLE, words, oddity_score, handle, source, &columns, 1, NULL, NULL, &other)
#define SCORE_SOURCE(handle, words) \
  REFUSED(ODDITY_BAD_HANDLE, words, oddity_score, detector, handle, &columns, 1, NULL, NULL, &other)
#define SCORE_TENSORS(handle, words) \
  REFUSED(ODDITY_BAD_HANDLE, words, oddity_score_tensors, handle, &value, shape, 4, &columns, NULL, NULL)

static void check_handles(oddity_handle detector) {
  oddity_handle source = source_of(1, 9), other = 0;
  results found;
  oddity_columns columns = columns_of(&found);
  float value = 0;
  int64_t shape[] = {1, CHANNELS, SIDE, SIDE};
  REFUSES_HANDLES(source, OF_DETECTOR);
  REFUSES_HANDLES(source, SCORE_DETECTOR);
  REFUSES_HANDLES(detector, SCORE_SOURCE);
  REFUSES_HANDLES(source, SCORE_TENSORS);
  DONE(oddity_free, source);
}

static void check_opening(void) {
  oddity_handle detector = 7;
  const char *path = guarded("residual.ts.onnx");
  REFUSED(ODDITY_USAGE, "path is NULL", oddity_detector_open, NULL, NULL, &detector);
  REFUSED(ODDITY_USAGE, "detector is NULL", oddity_detector_open, path, NULL, NULL);
  REFUSED(ODDITY_BAD_INPUT, "/nowhere.onnx", oddity_detector_open, "/nowhere.onnx", NULL, &detector);
  REFUSED(ODDITY_BAD_INPUT, "", oddity_detector_open, "", NULL, &detector);
  REFUSED(ODDITY_BAD_INPUT, "", oddity_detector_open, folder, NULL, &detector);
  REFUSED(ODDITY_BAD_INPUT, "guarded", oddity_detector_open, path_in(root, "Tests/Fixtures/residual.ts.onnx"), NULL, &detector);
  HOLDS(error.name, "notGuarded");
  oddity_engine wrong[] = {{.threads = -1},
                           {.batch = -1},
                           {.precision = "f64"},
                           {.precision = ""},
                           {.name = "torch"},
                           {.name = ""},
                           {.device = ""},
                           {.name = "openvino", .device = "NPU"}};
  const char *said[] = {"negative", "negative", "precision", "precision", "torch", "no engine", "no device", "NPU"};
  for (int i = 0; i < 8; i++) {
    REFUSED(ODDITY_USAGE, said[i], oddity_detector_open, path, &wrong[i], &detector);
  }
  EQUAL(detector, 7);

  const char *cache = path_in(folder, "cache");
  oddity_engine right[] = {{0},
                           {.threads = 2, .batch = 3},
                           {.precision = "f32", .cache_dir = cache},
                           {.cache_dir = cache, .name = "openvino", .device = "CPU"}};
  static results found, expected;
  oddity_handle source = source_of(COUNT, 9), failures = 0;
  oddity_columns columns = columns_of(&expected);
  oddity_handle first = detector_of("residual.ts.onnx");
  DONE(oddity_score, first, source, &columns, COUNT, NULL, NULL, &failures);
  DONE(oddity_free, first);
  for (int i = 0; i < 4; i++) {
    DONE(oddity_detector_open, path, &right[i], &detector);
    columns = columns_of(&found);
    DONE(oddity_score, detector, source, &columns, COUNT, NULL, NULL, &failures);
    SAME_RESULTS(found, expected, COUNT);
    DONE(oddity_free, detector);
  }
  DONE(oddity_detector_open, path, NULL, &detector);
  DONE(oddity_free, detector);
  DONE(oddity_free, source);
}

// Networks with other input layouts: tensors and pixels give the same results.
static void check_network(const char *network, int64_t channels_first) {
  oddity_handle detector = detector_of(network), source = source_of(COUNT, 9), failures = 0;
  int64_t first[] = {COUNT, CHANNELS, SIDE, SIDE}, last[] = {COUNT, SIDE, SIDE, CHANNELS};
  const int64_t *shape = channels_first ? first : last;
  static results of_pixels, of_tensors;
  oddity_columns columns = columns_of(&of_pixels);
  DONE(oddity_score, detector, source, &columns, COUNT, NULL, NULL, &failures);
  float *values = malloc(sizeof(float) * COUNT * PIXELS);
  DONE(oddity_preprocess, "cifar", shape + 1, source, values, COUNT, NULL, NULL, &failures);
  columns = columns_of(&of_tensors);
  DONE(oddity_score_tensors, detector, values, shape, 4, &columns, NULL, NULL);
  SAME_RESULTS(of_tensors, of_pixels, COUNT);
  free(values);
  DONE(oddity_free, source);
  DONE(oddity_free, detector);
}

void check_detectors(void) {
  oddity_handle detector = detector_of("residual.ts.onnx");
  check_description(detector);
  check_kinds_of_images(detector);
  check_maps(detector);
  check_failed_images(detector);
  check_no_images(detector);
  check_refused_scoring(detector);
  check_handles(detector);
  DONE(oddity_free, detector);
  check_opening();
  check_network("nhwc.ts.onnx", 0);
  check_network("float16.ts.onnx", 1);
  check_network("fixed_batch.ts.onnx", 1);
}
