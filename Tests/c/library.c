// Checks that need no engine: the library itself, and sources.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"

void check_library(void) {
  const char *version = oddity_version();
  CHECK(version == oddity_version());
  int parts[3], length = 0;
  EQUAL(sscanf(version, "%d.%d.%d%n", &parts[0], &parts[1], &parts[2], &length), 3);
  EQUAL(length, strlen(version));
  EQUAL(oddity_abi(), ODDITY_ABI);

  REFUSED(ODDITY_USAGE, "name is NULL", oddity_use_library, NULL, "/a");
  REFUSED(ODDITY_USAGE, "path is NULL", oddity_use_library, "vips", NULL);
  REFUSED(ODDITY_USAGE, "openvino, onnxruntime, openblas, vips", oddity_use_library, "tensorflow", "/a");
  REFUSED(ODDITY_USAGE, "no library is called ''", oddity_use_library, "", "/a");

  REFUSED(ODDITY_BAD_HANDLE, "is not a valid handle", oddity_free, 0);
  REFUSED(ODDITY_BAD_HANDLE, "is not a valid handle", oddity_free, UINT64_MAX);
  REFUSED(ODDITY_BAD_HANDLE, "it was released", oddity_free, given_back_handle());
  oddity_handle last = 0;
  for (int i = 0; i < 100; i++) {
    oddity_handle next = given_back_handle();
    CHECK(next > last);
    last = next;
  }
}

static oddity_handle new_source(void) {
  oddity_handle source = 0;
  DONE(oddity_source_new, &source);
  CHECK(source != 0);
  return source;
}

static int64_t count_of(oddity_handle source) {
  int64_t count = -1;
  DONE(oddity_source_count, source, &count);
  return count;
}

static void check_names(oddity_handle source, const char *expected, const char *file, int line) {
  oddity_handle names = 0;
  DONE(oddity_source_names, source, &names);
  char *text = take_text(names);
  check(strcmp(text, expected) == 0, file, line, "the names are %s, not %s", text, expected);
  free(text);
}
#define NAMES(source, expected) check_names((source), (expected), __FILE__, __LINE__)

// All ways to add images, one after another.
static void check_adding(void) {
  oddity_handle source = new_source();
  EQUAL(count_of(source), 0);
  NAMES(source, "[]");
  uint8_t *pixels = images(3, 5);
  size_t size;
  char *file = pnm_of(pixels, &size);
  const char *path = path_in(folder, "one.ppm");
  FILE *output = fopen(path, "wb");
  CHECK(output != NULL && fwrite(file, 1, size, output) == size && fclose(output) == 0);
  float values[2 * 12] = {0};
  int64_t sides[] = {3, 2, 2}, labels[] = {0, 1, 0};
  const char *paths[] = {path, path};

  DONE(oddity_source_add_pixels, source, "p", pixels, 3, SIDE, SIDE, CHANNELS, labels);
  DONE(oddity_source_add_file, source, "caf\xc3\xa9 \"1\"", file, size);
  DONE(oddity_source_add_file, source, "empty", NULL, 0);
  DONE(oddity_source_add_tensors, source, "t", values, 2, sides, labels);
  DONE(oddity_source_add_paths, source, paths, 2);
  DONE(oddity_source_add_paths, source, NULL, 0);
  DONE(oddity_source_add_pixels, source, "p", pixels, 1, SIDE, SIDE, CHANNELS, NULL);
  EQUAL(count_of(source), 10);
  char expected[8192];
  snprintf(expected, sizeof expected,
           "[\"p#0\",\"p#1\",\"p#2\",\"caf\xc3\xa9 \\\"1\\\"\",\"empty\",\"t#0\",\"t#1\",\"%s\",\"%s\",\"p#3\"]", path, path);
  NAMES(source, expected);
  for (int64_t channels = 1; channels <= 4; channels += channels == 1 ? 2 : 1) {
    DONE(oddity_source_add_pixels, source, "p", pixels, 1, 4, 4, channels, NULL);
  }
  EQUAL(count_of(source), 13);
  DONE(oddity_free, source);
  free(file);
  free(pixels);
}

static void check_refused_additions(void) {
  oddity_handle source = new_source();
  uint8_t pixels[12] = {0};
  float values[12] = {0};
  const char *missing[] = {"/nowhere/at/all"}, *null[] = {NULL};
  int64_t sides[] = {3, 2, 2}, huge[] = {INT64_MAX, 2, 2}, negative[] = {3, -2, 2}, none[] = {3, 0, 2};

  REFUSED(ODDITY_USAGE, "source is NULL", oddity_source_new, NULL);
  REFUSED(ODDITY_USAGE, "count is NULL", oddity_source_count, source, NULL);
  REFUSED(ODDITY_USAGE, "names is NULL", oddity_source_names, source, NULL);

  REFUSED(ODDITY_BAD_INPUT, "/nowhere/at/all", oddity_source_add_paths, source, missing, 1);
  REFUSED(ODDITY_USAGE, "NULL", oddity_source_add_paths, source, null, 1);
  REFUSED(ODDITY_USAGE, "NULL", oddity_source_add_paths, source, NULL, 1);
  REFUSED(ODDITY_USAGE, "-1", oddity_source_add_paths, source, missing, -1);

  REFUSED(ODDITY_USAGE, "name is NULL", oddity_source_add_file, source, NULL, pixels, 12);
  REFUSED(ODDITY_USAGE, "bytes is NULL", oddity_source_add_file, source, "a", NULL, 12);
  REFUSED(ODDITY_USAGE, "count", oddity_source_add_file, source, "a", pixels, SIZE_MAX);

  REFUSED(ODDITY_USAGE, "name is NULL", oddity_source_add_pixels, source, NULL, pixels, 1, 2, 2, 3, NULL);
  REFUSED(ODDITY_USAGE, "pixels is NULL", oddity_source_add_pixels, source, "a", NULL, 1, 2, 2, 3, NULL);
  REFUSED(ODDITY_USAGE, "holds no images", oddity_source_add_pixels, source, "a", pixels, 0, 2, 2, 3, NULL);
  REFUSED(ODDITY_USAGE, "holds no images", oddity_source_add_pixels, source, "a", pixels, -1, 2, 2, 3, NULL);
  REFUSED(ODDITY_USAGE, "holds no images", oddity_source_add_pixels, source, "a", pixels, 1, -2, -2, 3, NULL);
  REFUSED(ODDITY_USAGE, "2 channels", oddity_source_add_pixels, source, "a", pixels, 1, 2, 2, 2, NULL);
  REFUSED(ODDITY_USAGE, "-3 channels", oddity_source_add_pixels, source, "a", pixels, 1, 2, 2, -3, NULL);
  REFUSED(ODDITY_USAGE, "holds no images", oddity_source_add_pixels, source, "a", pixels, INT64_MAX, INT64_MAX, 2, 3, NULL);
  REFUSED(ODDITY_USAGE, "holds no images", oddity_source_add_pixels, source, "a", pixels, (int64_t)1 << 62, 4, 1, 1, NULL);

  REFUSED(ODDITY_USAGE, "name is NULL", oddity_source_add_tensors, source, NULL, values, 1, sides, NULL);
  REFUSED(ODDITY_USAGE, "values is NULL", oddity_source_add_tensors, source, "a", NULL, 1, sides, NULL);
  REFUSED(ODDITY_USAGE, "sides is NULL", oddity_source_add_tensors, source, "a", values, 1, NULL, NULL);
  REFUSED(ODDITY_USAGE, "holds no images", oddity_source_add_tensors, source, "a", values, 0, sides, NULL);
  REFUSED(ODDITY_USAGE, "holds no images", oddity_source_add_tensors, source, "a", values, -3, sides, NULL);
  REFUSED(ODDITY_USAGE, "holds no images", oddity_source_add_tensors, source, "a", values, 1, huge, NULL);
  REFUSED(ODDITY_USAGE, "holds no images", oddity_source_add_tensors, source, "a", values, 1, negative, NULL);
  REFUSED(ODDITY_USAGE, "holds no images", oddity_source_add_tensors, source, "a", values, 1, none, NULL);
  // None of these calls added anything.
  EQUAL(count_of(source), 0);
  DONE(oddity_free, source);
}

// A message that is too long is cut between characters.
static void check_long_messages(void) {
  oddity_handle source = new_source();
  static char path[6001];
  for (int i = 0; i < 6000; i += 2) memcpy(path + i, "\xc3\xa9", 2);
  for (int shift = 0; shift < 2; shift++) {
    const char *paths[] = {path + 2 * shift};
    path[0] = shift ? 'a' : path[0];
    REFUSED(ODDITY_BAD_INPUT, "\xc3\xa9", oddity_source_add_paths, source, paths, 1);
    size_t length = strlen(error.message);
    CHECK(length > sizeof error.message - 4);
    CHECK((unsigned char)error.message[length - 1] < 0x80 || (unsigned char)error.message[length - 2] == 0xc3);
  }
  DONE(oddity_free, source);
}

#define COUNT(handle, words) REFUSED(ODDITY_BAD_HANDLE, words, oddity_source_count, handle, &count)
#define NAMES_OF(handle, words) REFUSED(ODDITY_BAD_HANDLE, words, oddity_source_names, handle, &bytes)
#define ADD_PATHS(handle, words) REFUSED(ODDITY_BAD_HANDLE, words, oddity_source_add_paths, handle, paths, 1)
#define ADD_FILE(handle, words) REFUSED(ODDITY_BAD_HANDLE, words, oddity_source_add_file, handle, "a", pixels, 12)
#define ADD_PIXELS(handle, words) \
  REFUSED(ODDITY_BAD_HANDLE, words, oddity_source_add_pixels, handle, "a", pixels, 1, 2, 2, 3, NULL)
#define ADD_TENSORS(handle, words) \
  REFUSED(ODDITY_BAD_HANDLE, words, oddity_source_add_tensors, handle, "a", values, 1, sides, NULL)
#define BYTES_COUNT(handle, words) REFUSED(ODDITY_BAD_HANDLE, words, oddity_bytes_count, handle, &size)
#define BYTES_COPY(handle, words) REFUSED(ODDITY_BAD_HANDLE, words, oddity_bytes_copy, handle, buffer, 2)

static void check_handles(void) {
  oddity_handle source = new_source(), bytes = 0;
  int64_t count = 0, sides[] = {3, 2, 2};
  size_t size = 0;
  uint8_t pixels[12] = {0};
  float values[12] = {0};
  char buffer[8] = "unused";
  const char *paths[] = {"/nowhere"};
  DONE(oddity_source_names, source, &bytes);
  oddity_handle names = bytes;
  REFUSES_HANDLES(names, COUNT);
  REFUSES_HANDLES(names, NAMES_OF);
  REFUSES_HANDLES(names, ADD_PATHS);
  REFUSES_HANDLES(names, ADD_FILE);
  REFUSES_HANDLES(names, ADD_PIXELS);
  REFUSES_HANDLES(names, ADD_TENSORS);
  REFUSES_HANDLES(source, BYTES_COUNT);
  REFUSES_HANDLES(source, BYTES_COPY);
  EQUAL(bytes, names);

  REFUSED(ODDITY_USAGE, "count is NULL", oddity_bytes_count, names, NULL);
  REFUSED(ODDITY_USAGE, "2 bytes do not fit", oddity_bytes_copy, names, buffer, 1);
  REFUSED(ODDITY_USAGE, "2 bytes do not fit", oddity_bytes_copy, names, NULL, 0);
  REFUSED(ODDITY_USAGE, "buffer is NULL", oddity_bytes_copy, names, NULL, 2);
  SAME_BYTES(buffer, "unused", 7);
  DONE(oddity_bytes_copy, names, buffer, sizeof buffer);
  SAME_BYTES(buffer, "[]used", 7);
  DONE(oddity_free, names);
  DONE(oddity_free, source);
}

void check_sources(void) {
  check_adding();
  check_refused_additions();
  check_long_messages();
  check_handles();
}
