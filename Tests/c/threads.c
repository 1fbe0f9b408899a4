// Several threads: with separate objects, with shared objects, and with objects that are released meanwhile.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"

enum { THREADS = 4, COUNT = 20 };

static void run_threads(int count, void *(*act)(void *), void *contexts, size_t size) {
  pthread_t threads[THREADS];
  for (int i = 0; i < count; i++) EQUAL(pthread_create(&threads[i], NULL, act, (char *)contexts + size * (size_t)i), 0);
  for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
}

typedef struct {
  // 0 means that the thread opens its own.
  oddity_handle detector;
  oddity_handle source;
  const results *expected;
  int rounds;
} worker;

static void *work(void *context) {
  const worker *own = context;
  oddity_handle detector = own->detector == 0 ? detector_of("residual.ts.onnx") : own->detector, failures = 0;
  for (int round = 0; round < own->rounds; round++) {
    results found;
    oddity_columns columns = columns_of(&found);
    DONE(oddity_score, detector, own->source, &columns, COUNT, NULL, NULL, &failures);
    check_results(&found, own->expected, COUNT, __FILE__, __LINE__);
    REFUSED(ODDITY_USAGE, "rows", oddity_score, detector, own->source, &columns, 1, NULL, NULL, &failures);
    oddity_handle json = 0;
    DONE(oddity_detector_describe, detector, &json);
    free(take_text(json));
  }
  if (own->detector == 0) DONE(oddity_free, detector);
  return NULL;
}

static void check_several_detectors(oddity_handle detector, oddity_handle source, const results *expected) {
  worker alone[THREADS], together[THREADS];
  for (int i = 0; i < THREADS; i++) {
    alone[i] = (worker){0, source, expected, 10};
    together[i] = (worker){detector, source, expected, 20};
  }
  run_threads(THREADS, work, alone, sizeof *alone);
  run_threads(THREADS, work, together, sizeof *together);
}

static void *add_images(void *context) {
  oddity_handle source = *(oddity_handle *)context;
  uint8_t *pixels = images(1, 2);
  for (int i = 0; i < 200; i++) {
    int64_t count = 0;
    DONE(oddity_source_add_pixels, source, "a", pixels, 1, SIDE, SIDE, CHANNELS, NULL);
    DONE(oddity_source_count, source, &count);
    CHECK(count >= i + 1 && count <= THREADS * 200);
  }
  free(pixels);
  return NULL;
}

static void check_one_source(void) {
  oddity_handle source = 0, sources[THREADS];
  int64_t count = 0;
  DONE(oddity_source_new, &source);
  for (int i = 0; i < THREADS; i++) sources[i] = source;
  run_threads(THREADS, add_images, sources, sizeof *sources);
  DONE(oddity_source_count, source, &count);
  EQUAL(count, THREADS * 200);
  DONE(oddity_free, source);
}

// -- Two threads release the same object ----------------------------------------------------------------------------------------

static pthread_barrier_t barrier;
static oddity_handle shared;
static atomic_int closed, refused;

static void close_shared(void) {
  int32_t status = oddity_free(shared, NULL);
  atomic_fetch_add(status == ODDITY_OK ? &closed : &refused, 1);
  CHECK(status == ODDITY_OK || status == ODDITY_BAD_HANDLE);
}

static void *close_many(void *context) {
  bool is_first = *(int *)context == 0;
  for (int round = 0; round < 1000; round++) {
    // In every hundredth round it is a detector, whose release takes longer.
    if (is_first && round % 100 == 0) shared = detector_of("residual.ts.onnx");
    if (is_first && round % 100 != 0) DONE(oddity_source_new, &shared);
    pthread_barrier_wait(&barrier);
    close_shared();
    pthread_barrier_wait(&barrier);
  }
  return NULL;
}

static void check_closing_together(void) {
  int numbers[] = {0, 1};
  pthread_barrier_init(&barrier, NULL, 2);
  run_threads(2, close_many, numbers, sizeof *numbers);
  pthread_barrier_destroy(&barrier);
  EQUAL(atomic_load(&closed), 1000);
  EQUAL(atomic_load(&refused), 1000);
}

// -- Released while it is used --------------------------------------------------------------------------------------------------

static void *close_soon(void *context) {
  oddity_handle *handles = context;
  pthread_barrier_wait(&barrier);
  usleep((useconds_t)(rand() % 3000));
  DONE(oddity_free, handles[0]);
  DONE(oddity_free, handles[1]);
  return NULL;
}

// A call that began before the release ends normally. A call that begins later is refused.
static void check_closing_while_scoring(const results *expected) {
  pthread_barrier_init(&barrier, NULL, 2);
  for (int round = 0; round < 20; round++) {
    oddity_handle handles[] = {detector_of("residual.ts.onnx"), source_of(COUNT, 9)}, failures = 0;
    pthread_t thread;
    pthread_create(&thread, NULL, close_soon, handles);
    pthread_barrier_wait(&barrier);
    int32_t status = ODDITY_OK;
    int done = 0;
    while (status == ODDITY_OK && done < 100000) {
      results found;
      oddity_columns columns = columns_of(&found);
      status = oddity_score(handles[0], handles[1], &columns, COUNT, NULL, NULL, &failures, &error);
      if (status == ODDITY_OK) check_results(&found, expected, COUNT, __FILE__, __LINE__);
      done++;
    }
    EQUAL(status, ODDITY_BAD_HANDLE);
    pthread_join(thread, NULL);
  }
  pthread_barrier_destroy(&barrier);
}

// A listener releases the detector. The current call ends normally.
typedef struct {
  oddity_handle detector, source;
  int calls;
} closer;

static int32_t close_in_call(const oddity_event *event, void *context) {
  (void)event;
  closer *own = context;
  if (own->calls++ > 0) return 0;
  DONE(oddity_free, own->detector);
  DONE(oddity_free, own->source);
  return 0;
}

static void check_closing_by_listener(const results *expected) {
  closer own = {detector_of("residual.ts.onnx"), source_of(COUNT, 9), 0};
  oddity_handle failures = 0;
  results found;
  oddity_columns columns = columns_of(&found);
  EQUAL(oddity_score(own.detector, own.source, &columns, COUNT, close_in_call, &own, &failures, NULL), ODDITY_OK);
  check_results(&found, expected, COUNT, __FILE__, __LINE__);
  REFUSED(ODDITY_BAD_HANDLE, "it was released", oddity_score, own.detector, own.source, &columns, COUNT, NULL, NULL, &failures);
}

void check_threads(void) {
  static results expected;
  oddity_handle detector = detector_of("residual.ts.onnx"), source = source_of(COUNT, 9), failures = 0;
  oddity_columns columns = columns_of(&expected);
  DONE(oddity_score, detector, source, &columns, COUNT, NULL, NULL, &failures);
  check_several_detectors(detector, source, &expected);
  check_one_source();
  check_closing_together();
  check_closing_while_scoring(&expected);
  check_closing_by_listener(&expected);
  DONE(oddity_free, source);
  DONE(oddity_free, detector);
}
