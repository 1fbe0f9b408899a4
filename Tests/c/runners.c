// oddity_detector_open_with: an engine of the caller.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "check.h"

enum { COUNT = 20, CLASSES = 10 };

/// The behaviour of the engine below, and the requests that it received.
typedef struct {
  pthread_t thread;
  int compiled, batches;
  int64_t number;
  bool fails_to_compile, fails_to_run, gives_nothing, gives_few_verdicts;
  const char *type;
  oddity_handle last;
} engine;

static void say(oddity_error *error, const char *message) {
  error->status = 1;
  snprintf(error->message, sizeof error->message, "%s", message);
}

static int32_t compile(const oddity_network *network, void *context) {
  engine *own = context;
  CHECK(pthread_equal(own->thread, pthread_self()));
  own->compiled++;
  CHECK(network->number > own->number);
  own->number = network->number;
  EQUAL(network->weight_count, 0);
  CHECK(network->model != NULL && network->size > 1000);
  if (own->fails_to_compile) say(network->error, "it has too many layers");
  return own->fails_to_compile;
}

// The score of an image is its first value, and its logits predict class 3.
static void give(const oddity_batch *batch, int64_t position, const char *type, bool few_verdicts) {
  const char *name = batch->outputs[position];
  int64_t count = batch->input.shape[0], shape[] = {count, CLASSES};
  const float *values = batch->input.values;
  float *numbers = calloc(count * CLASSES, sizeof *numbers);
  bool is_logits = strcmp(name, "logits") == 0, is_verdict = strcmp(name, "ood_is_outlier") == 0;
  for (int64_t image = 0; image < count; image++) {
    if (is_logits) {
      numbers[image * CLASSES + 3] = 1;
    } else if (is_verdict) {
      ((uint8_t *)numbers)[image] = image % 2;
    } else {
      numbers[image] = values[image * PIXELS];
    }
  }
  if (is_verdict && few_verdicts) shape[0]--;
  oddity_tensor tensor = {name, is_verdict ? "bool" : type, numbers, shape, is_logits ? 2 : 1};
  if (strcmp(type, "float32") == 0) {
    DONE(oddity_batch_give, batch->results, position, &tensor);
  } else if (!is_verdict) {
    REFUSED(ODDITY_USAGE, "is not an element type", oddity_batch_give, batch->results, position, &tensor);
  }
  free(numbers);
}

static int32_t run(const oddity_batch *batch, void *context) {
  engine *own = context;
  CHECK(pthread_equal(own->thread, pthread_self()));
  EQUAL(batch->number, own->number);
  own->batches++;
  own->last = batch->results;
  CHECK(strcmp(batch->input.type, "float32") == 0);
  EQUAL(batch->input.rank, 4);
  EQUAL(batch->input.shape[1], CHANNELS);
  if (own->fails_to_run) {
    say(batch->error, "the card was pulled out");
    return 7;
  }
  // The error of the current call.
  oddity_error outer = error;
  for (int64_t i = own->gives_nothing; i < batch->output_count; i++) give(batch, i, own->type, own->gives_few_verdicts);
  oddity_tensor none = {0};
  REFUSED(ODDITY_USAGE, "there is no output 99", oddity_batch_give, batch->results, 99,
          &((oddity_tensor){"x", "float32", &none, &(int64_t){1}, 1}));
  REFUSED(ODDITY_USAGE, "type is NULL", oddity_batch_give, batch->results, 0, &none);
  REFUSED(ODDITY_USAGE, "tensor is NULL", oddity_batch_give, batch->results, 0, NULL);
  REFUSED(ODDITY_USAGE, "shape of a tensor", oddity_batch_give, batch->results, 0,
          &((oddity_tensor){"x", "float32", &none, &(int64_t){-1}, 1}));
  error = outer;
  return 0;
}

static oddity_runner runner_of(engine *own) {
  return (oddity_runner){"onnxruntime", "1.32.0", "our card", compile, run, own};
}

static void check_scores(const char *path, oddity_handle source) {
  engine own = {.thread = pthread_self(), .type = "float32"};
  oddity_runner runner = runner_of(&own);
  oddity_handle detector = 0, failures = 7;
  DONE(oddity_detector_open_with, path, &(oddity_engine){.batch = 8}, &runner, &detector);
  results found;
  oddity_columns columns = columns_of(&found);
  DONE(oddity_score, detector, source, &columns, COUNT, NULL, NULL, &failures);
  EQUAL(failures, 0);
  EQUAL(own.batches, 3);
  for (int i = 0; i < COUNT; i++) {
    CHECK(found.scores[i][0] == found.scores[i][1] && found.scores[i][0] == found.p_values[i]);
    EQUAL(found.classes[i], 3);
    EQUAL(found.outliers[i], i % 8 % 2);
  }
  // Results can only be given for the current batch.
  REFUSED(ODDITY_BAD_HANDLE, "is not a valid handle", oddity_batch_give, own.last, 0, &(oddity_tensor){0});

  own.fails_to_run = true;
  REFUSED(ODDITY_INTERNAL, "the model failed: the card was pulled out", oddity_score, detector, source, &columns, COUNT,
          NULL, NULL, &failures);
  own.fails_to_run = false;
  own.gives_nothing = true;
  REFUSED(ODDITY_INTERNAL, "the model did not give", oddity_score, detector, source, &columns, COUNT, NULL, NULL, &failures);
  own.gives_nothing = false;
  own.gives_few_verdicts = true;
  REFUSED(ODDITY_BAD_INPUT, "does not hold a truth value for each image", oddity_score, detector, source, &columns, COUNT,
          NULL, NULL, &failures);
  own.gives_few_verdicts = false;
  own.type = "float31";
  REFUSED(ODDITY_INTERNAL, "the model did not give", oddity_score, detector, source, &columns, COUNT, NULL, NULL, &failures);
  own.type = "float32";
  DONE(oddity_score, detector, source, &columns, COUNT, NULL, NULL, &failures);
  DONE(oddity_free, detector);
}

static void check_refusals(const char *path) {
  engine own = {.thread = pthread_self(), .type = "float32"};
  oddity_runner runner = runner_of(&own), broken = runner;
  oddity_handle detector = 0;
  REFUSED(ODDITY_USAGE, "runner is NULL", oddity_detector_open_with, path, NULL, NULL, &detector);
  REFUSED(ODDITY_USAGE, "detector is NULL", oddity_detector_open_with, path, NULL, &runner, NULL);
  REFUSED(ODDITY_USAGE, "leave out name", oddity_detector_open_with, path, &(oddity_engine){.device = "cpu"}, &runner,
          &detector);
  broken.name = "torch";
  REFUSED(ODDITY_USAGE, "no engine is called 'torch'", oddity_detector_open_with, path, NULL, &broken, &detector);
  broken = runner;
  broken.run = NULL;
  REFUSED(ODDITY_USAGE, "run is NULL", oddity_detector_open_with, path, NULL, &broken, &detector);
  broken = runner;
  broken.version = NULL;
  REFUSED(ODDITY_USAGE, "version is NULL", oddity_detector_open_with, path, NULL, &broken, &detector);
  const char *plain = path_in(root, "Tests/Fixtures/residual.ts.onnx");
  REFUSED(ODDITY_BAD_INPUT, "is a plain classifier", oddity_detector_open_with, plain, NULL, &runner, &detector);
  EQUAL(own.compiled, 0);
  own.fails_to_compile = true;
  EQUAL(oddity_detector_open_with(path, NULL, &runner, &detector, &error), ODDITY_BAD_INPUT);
  HOLDS(error.message, ": it has too many layers");
  EQUAL(detector, 0);
}

void check_runners(void) {
  const char *path = guarded("residual.ts.onnx");
  oddity_handle source = source_of(COUNT, 9);
  check_scores(path, source);
  check_refusals(path);
  DONE(oddity_free, source);
}
