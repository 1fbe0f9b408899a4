// The library in a fork: before the library has started work, everything works; afterwards every call is refused.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

// The seconds after which a child counts as hanging.
enum { PATIENCE = 20 };

/// Runs a function in a fork, and ends the fork.
///
/// \return its result; −1 if it hung or crashed.
static int in_fork(int (*act)(void *), void *context) {
  fflush(stdout);
  fflush(stderr);
  pid_t child = fork();
  if (child == 0) {
    alarm(PATIENCE);
    _exit(act(context));
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// -- Before ---------------------------------------------------------------------------------------------------------------------

static int work_in_fork(void *context) {
  oddity_handle source = *(oddity_handle *)context, failures = 0;
  int64_t count = 0, shape[] = {CHANNELS, SIDE, SIDE};
  static float values[2 * PIXELS];
  if (oddity_source_count(source, &count, NULL) != ODDITY_OK || count != 2) return 1;
  // The fork is the first to start work, so all threads are its own.
  if (oddity_preprocess("cifar", shape, source, values, 2, NULL, NULL, &failures, NULL) != ODDITY_OK) return 2;
  if (oddity_free(source, NULL) != ODDITY_OK) return 3;
  return 0;
}

void check_forks_of_idle_library(void) {
  oddity_handle source = source_of(2, 1);
  EQUAL(in_fork(work_in_fork, &source), 0);
  EQUAL(in_fork(work_in_fork, &source), 0);
  // Objects that the forks released belonged to the forks.
  DONE(oddity_free, source);
}

// -- Afterwards -----------------------------------------------------------------------------------------------------------------

typedef struct {
  oddity_handle detector, source, bytes;
} handles;

static int is_forked(int32_t status) {
  if (status != ODDITY_FORKED) {
    fprintf(stderr, "the status is %d\n", status);
    return 1;
  }
  return error.status == ODDITY_FORKED && strstr(error.message, "spawn") != NULL ? 0 : 2;
}

static const char *const arguments[] = {"scores"};
static const char *const paths[] = {"/nowhere"};
static const int64_t shape[] = {1, CHANNELS, SIDE, SIDE};
static float values[PIXELS];
static uint8_t pixels[PIXELS];

#define IN_FORK(name, ...) \
  static int name(void *context) { \
    handles *own = context; \
    oddity_handle other = 0; \
    int64_t number = 0; \
    size_t size = 0; \
    oddity_columns columns = {0}; \
    (void)own, (void)other, (void)number, (void)size, (void)columns; \
    return is_forked(__VA_ARGS__); \
  }
IN_FORK(use_library, oddity_use_library("vips", "/a", &error))
IN_FORK(free_detector, oddity_free(own->detector, &error))
IN_FORK(free_nothing, oddity_free(0, &error))
IN_FORK(run, oddity_run(1, arguments, NULL, NULL, &other, &error))
IN_FORK(bytes_count, oddity_bytes_count(own->bytes, &size, &error))
IN_FORK(bytes_copy, oddity_bytes_copy(own->bytes, pixels, sizeof pixels, &error))
IN_FORK(source_new, oddity_source_new(&other, &error))
IN_FORK(add_paths, oddity_source_add_paths(own->source, paths, 1, &error))
IN_FORK(add_file, oddity_source_add_file(own->source, "a", pixels, 4, &error))
IN_FORK(add_pixels, oddity_source_add_pixels(own->source, "a", pixels, 1, SIDE, SIDE, CHANNELS, NULL, &error))
IN_FORK(add_tensors, oddity_source_add_tensors(own->source, "a", values, 1, shape + 1, NULL, &error))
IN_FORK(source_count, oddity_source_count(own->source, &number, &error))
IN_FORK(source_names, oddity_source_names(own->source, &other, &error))
IN_FORK(preprocess, oddity_preprocess(NULL, shape + 1, own->source, values, 1, NULL, NULL, &other, &error))
IN_FORK(open_detector, oddity_detector_open(guarded("residual.ts.onnx"), NULL, &other, &error))
IN_FORK(describe, oddity_detector_describe(own->detector, &other, &error))
IN_FORK(score, oddity_score(own->detector, own->source, &columns, 1, NULL, NULL, &other, &error))
IN_FORK(score_tensors, oddity_score_tensors(own->detector, values, shape, 4, &columns, NULL, NULL, &error))
#undef IN_FORK

static int ask_version(void *context) {
  (void)context;
  return oddity_version()[0] == 0 || oddity_abi() != ODDITY_ABI;
}

static int run_command(void *context) {
  (void)context;
  const char *const line[] = {"oddity", "scores"};
  return oddity_command(2, line);
}

// -- While another thread works -------------------------------------------------------------------------------------------------

static atomic_bool goes_on = true;

static void *score_on(void *context) {
  handles *own = context;
  oddity_columns none = {0};
  while (atomic_load(&goes_on)) DONE(oddity_score_tensors, own->detector, values, shape, 4, &none, NULL, NULL);
  return NULL;
}

static void check_forks_beside_work(handles *own) {
  pthread_t thread;
  EQUAL(pthread_create(&thread, NULL, score_on, own), 0);
  for (int i = 0; i < 20; i++) EQUAL(in_fork(score_tensors, own), 0);
  atomic_store(&goes_on, false);
  pthread_join(thread, NULL);
}

void check_forks(void) {
  handles own = {detector_of("residual.ts.onnx"), source_of(1, 1), 0};
  DONE(oddity_source_names, own.source, &own.bytes);
#define REFUSES_FORK(act) EQUAL(in_fork(act, &own), 0)
  REFUSES_FORK(ask_version);
  REFUSES_FORK(use_library);
  REFUSES_FORK(free_detector);
  REFUSES_FORK(free_nothing);
  REFUSES_FORK(run);
  REFUSES_FORK(bytes_count);
  REFUSES_FORK(bytes_copy);
  REFUSES_FORK(source_new);
  REFUSES_FORK(add_paths);
  REFUSES_FORK(add_file);
  REFUSES_FORK(add_pixels);
  REFUSES_FORK(add_tensors);
  REFUSES_FORK(source_count);
  REFUSES_FORK(source_names);
  REFUSES_FORK(preprocess);
  REFUSES_FORK(open_detector);
  REFUSES_FORK(describe);
  REFUSES_FORK(score);
  REFUSES_FORK(score_tensors);
  EQUAL(in_fork(run_command, NULL), ODDITY_FORKED);
#undef REFUSES_FORK
  check_forks_beside_work(&own);
  // The parent continues to work.
  oddity_columns none = {0};
  DONE(oddity_score_tensors, own.detector, values, shape, 4, &none, NULL, NULL);
  DONE(oddity_free, own.bytes);
  DONE(oddity_free, own.source);
  DONE(oddity_free, own.detector);
}
