// A test of the C interface, in C. Tests/c/run compiles and runs it.
//
//   abi ROOT                      all checks, with the networks of the repository ROOT
//   abi ROOT --leaks              100,000 calls: the memory of the process before and after
//   abi ROOT --missing            the messages if there is no engine
//   abi ROOT --command …          runs the command
//   abi ROOT --examples FOLDER    writes the files for the example of docs/c.md
//   abi ROOT --version            prints the library's version
//
// ENGINE is the path of libopenvino_c, unless ODDITY_OPENVINO_LIBRARY is set.
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"

static void use_engine(void) {
  const char *engine = getenv("ENGINE");
  if (engine != NULL) DONE(oddity_use_library, "openvino", engine);
}

static void check_missing(void) {
  DONE(oddity_use_library, "openvino", "/nowhere/libopenvino_c.so");
  oddity_handle source = source_of(40, 1), output = 0, detector = 0;
  char name[32];
  snprintf(name, sizeof name, "memory:%llu", (unsigned long long)source);
  const char *model = path_in(root, "Tests/Fixtures/residual.ts.onnx");
  const char *arguments[] = {"fit", model, "--id", name, "--preprocess", "cifar", "-o", path_in(folder, "guarded.onnx")};
  REFUSED(ODDITY_MISSING, "/nowhere/libopenvino_c.so", oddity_run, 8, arguments, NULL, NULL, &output);
  EQUAL(output, 0);
  REFUSED(ODDITY_MISSING, "/nowhere/libopenvino_c.so", oddity_detector_open, model, NULL, &detector);
  EQUAL(detector, 0);
  DONE(oddity_free, source);
}

// A guarded model, an image, and a truncated image.
static void write_examples(const char *into) {
  char path[4096];
  snprintf(path, sizeof path, "%s/guarded.onnx", into);
  CHECK(rename(guarded("residual.ts.onnx"), path) == 0);
  uint8_t *pixels = images(1, 3);
  size_t size;
  char *content = pnm_of(pixels, &size);
  for (int whole = 0; whole < 2; whole++) {
    snprintf(path, sizeof path, "%s/%s.ppm", into, whole ? "image" : "broken");
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL && fwrite(content, whole ? size : size / 2, 1, file) == 1 && fclose(file) == 0);
  }
  free(content);
  free(pixels);
}

// -- Memory ---------------------------------------------------------------------------------------------------------------------

typedef struct {
  oddity_handle detector;
  const float *tensor;
  const char *file;
  size_t size;
} held;

static void score_tensor(const held *with) {
  results place;
  oddity_columns columns = columns_of(&place);
  int64_t shape[] = {1, CHANNELS, SIDE, SIDE};
  DONE(oddity_score_tensors, with->detector, with->tensor, shape, 4, &columns, NULL, NULL);
}

static void score_file(const held *with) {
  results place;
  oddity_columns columns = columns_of(&place);
  oddity_handle source = 0, failures = 0;
  DONE(oddity_source_new, &source);
  DONE(oddity_source_add_file, source, "a", with->file, with->size);
  DONE(oddity_score, with->detector, source, &columns, 1, NULL, NULL, &failures);
  DONE(oddity_free, source);
}

static void fail_file(const held *with) {
  results place;
  oddity_columns columns = columns_of(&place);
  oddity_handle source = 0, failures = 0;
  DONE(oddity_source_new, &source);
  DONE(oddity_source_add_file, source, "a", with->file, 9);
  DONE(oddity_score, with->detector, source, &columns, 1, NULL, NULL, &failures);
  DONE(oddity_free, failures);
  DONE(oddity_free, source);
}

static void refuse_tensor(const held *with) {
  results place;
  oddity_columns columns = columns_of(&place);
  int64_t shape[] = {1, CHANNELS, SIDE, 1};
  EQUAL(oddity_score_tensors(with->detector, with->tensor, shape, 4, &columns, NULL, NULL, &error), ODDITY_USAGE);
}

static void describe(const held *with) {
  oddity_handle json = 0;
  DONE(oddity_detector_describe, with->detector, &json);
  free(take_text(json));
}

static void run_command(const held *with) {
  (void)with;
  const char *arguments[] = {"scores", "energy"};
  oddity_handle output = 0;
  DONE(oddity_run, 2, arguments, NULL, NULL, &output);
  DONE(oddity_free, output);
}

static void open_detector(const held *with) {
  (void)with;
  DONE(oddity_free, detector_of("residual.ts.onnx"));
}

// Memory that the library keeps permanently is allocated in the first tenth. Pages of other threads come and go.
static void check_growth(const char *what, void (*act)(const held *), int times, long most, const held *with) {
  for (int i = 0; i < times / 10; i++) act(with);
  long before = resident();
  for (int i = 0; i < times; i++) act(with);
  long after = resident();
  printf("%-28s %6d times: RSS %ld KiB before, %ld KiB after\n", what, times, before, after);
  fflush(stdout);
  check(after - before <= most, __FILE__, __LINE__, "%s: %ld KiB more, %ld may be", what, after - before, most);
}

static void check_leaks(void) {
  static float tensor[PIXELS];
  uint8_t *pixels = images(1, 3);
  for (int i = 0; i < PIXELS; i++) tensor[i] = (float)pixels[i] / 255;
  size_t size;
  char *file = pnm_of(pixels, &size);
  held with = {detector_of("residual.ts.onnx"), tensor, file, size};
  check_growth("oddity_score_tensors", score_tensor, 100000, 1024, &with);
  check_growth("oddity_score of a file", score_file, 20000, 1024, &with);
  check_growth("oddity_score that fails", fail_file, 20000, 1024, &with);
  check_growth("oddity_score_tensors refused", refuse_tensor, 100000, 1024, &with);
  check_growth("oddity_detector_describe", describe, 2000, 1024, &with);
  check_growth("oddity_run of scores", run_command, 2000, 1024, &with);
  check_growth("oddity_detector_open", open_detector, 100, 4096, &with);
  DONE(oddity_free, with.detector);
  free(file);
  free(pixels);
}

// -- The program ----------------------------------------------------------------------------------------------------------------

static void check_all(void) {
  check_library();
  // Must run before the library has started work.
  check_forks_of_idle_library();
  check_sources();
  check_commands();
  check_preprocessing();
  check_detectors();
  check_runners();
  check_threads();
  check_forks();
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place) {
  (void)status, (void)kind, (void)place;
  return remove(path);
}

static void remove_folder(void) { nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS); }

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: abi ROOT [--leaks|--missing|--command …|--examples FOLDER|--version]\n");
    return 2;
  }
  root = argv[1];
  const char *mode = argc > 2 ? argv[2] : "";
  if (strcmp(mode, "--command") == 0) return oddity_command(argc - 2, (const char *const *)argv + 2);
  if (strcmp(mode, "--version") == 0) {
    puts(oddity_version());
    return 0;
  }
  if (mkdtemp(folder) == NULL) {
    perror(folder);
    return 74;
  }
  atexit(remove_folder);
  if (strcmp(mode, "--missing") == 0) {
    check_missing();
    return end_checks();
  }
  use_engine();
  if (strcmp(mode, "--leaks") == 0) {
    check_leaks();
  } else if (strcmp(mode, "--examples") == 0 && argc > 3) {
    write_examples(argv[3]);
  } else {
    check_all();
  }
  return end_checks();
}
