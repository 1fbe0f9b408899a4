/// The C interface of Oddity, which Python's package is built on and other languages may bind to.
///
/// Status. Every function that can fail returns a status: 0 (ODDITY_OK), or one of the numbers below. It then writes the status,
/// its name and one sentence for the user into `error`, where that is not NULL. Nothing else is written then, unless a function
/// says so.
///
/// Ownership. A handle stands for an object of the library. Whoever gets a handle gives it back with oddity_free. Handles are
/// never 0, and a number is never given twice: a handle that was given back is ODDITY_BAD_HANDLE, and nothing worse. All memory
/// that is passed in belongs to the caller and is read during the call alone. Results are copied into memory of the caller.
///
/// Threads. Every function may be called from any thread, with the same handle too. A handle that is given back while another
/// thread uses it ends when that call is over. After fork() the threads of the library exist in the parent alone: all calls in
/// the child are ODDITY_FORKED, once the parent had opened a detector or run a command.
///
/// Text is UTF-8 and ends with a zero byte. Paths are bytes, as the system takes them.
#ifndef ODDITY_H
#define ODDITY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Grows when a function or a structure changes its meaning; functions may be added without that.
#define ODDITY_ABI 4

enum {
  ODDITY_OK = 0,
  /// Done, but some inputs failed: oddity_run alone returns it, with its output.
  ODDITY_INPUT_FAILED = 1,
  /// What was asked for does not exist or does not fit together.
  ODDITY_USAGE = 2,
  /// A model or data that cannot be used.
  ODDITY_BAD_INPUT = 65,
  /// A library that is needed is not installed, such as the engine.
  ODDITY_MISSING = 69,
  /// A mistake in Oddity.
  ODDITY_INTERNAL = 70,
  /// A file cannot be written.
  ODDITY_OUTPUT = 74,
  /// A listener asked for the end.
  ODDITY_CANCELLED = 130,
  /// A number that is no handle, or is one of another kind, or was given back.
  ODDITY_BAD_HANDLE = 131,
  /// The process was forked after the library had begun to work.
  ODDITY_FORKED = 132,
};

typedef uint64_t oddity_handle;

typedef struct {
  int32_t status;
  /// Such as "notGuarded"; empty where a status says all.
  char name[32];
  /// One sentence, cut where it is longer.
  char message[4064];
} oddity_error;

/// What happens during a call that takes long.
typedef struct {
  /// A message for the user, or the name of what is being done.
  const char *text;
  /// Of `total`, which is 0 in a message.
  int64_t done, total;
} oddity_event;

/// Hears of events, on the thread that made the call, about ten times a second also while nothing happens (`text` is NULL then).
///
/// \return 0 to go on. Anything else ends the call as soon as possible, with ODDITY_CANCELLED.
typedef int32_t (*oddity_listener)(const oddity_event *event, void *context);

/// Such as "1.0.0".
const char *oddity_version(void);

/// ODDITY_ABI of the library.
int32_t oddity_abi(void);

/// Says where a library lies that Oddity opens at run time. To be called before the first call that needs it; an environment
/// variable that names the same library decides before it.
///
/// \param name "openvino" (libopenvino_c, the engine), "openblas" or "vips".
int32_t oddity_use_library(const char *name, const char *path, oddity_error *error);

/// Gives a handle back.
///
/// \return ODDITY_OK or ODDITY_BAD_HANDLE.
int32_t oddity_free(oddity_handle handle, oddity_error *error);

// -- Commands -------------------------------------------------------------------------------------------------------------------

/// Is the command `oddity`, for a program that is nothing else: takes the process's signals over and writes to its outputs.
///
/// \param argv arguments, of which the first is the program's name.
/// \return what the program's exit status has to be.
int32_t oddity_command(int32_t argc, const char *const *argv);

/// Runs a command of `oddity` as a call: `fit`, `evaluate`, `blocks`, … with all its flags. Where the command takes a SOURCE,
/// "memory:NUMBER" names a source made by oddity_source_new.
///
/// \param argv arguments, of which the first is the command's name, such as "fit".
/// \param listener may be NULL.
/// \param output receives bytes: what the command prints on standard output. Written with ODDITY_INPUT_FAILED too.
int32_t oddity_run(int32_t argc, const char *const *argv, oddity_listener listener, void *context,
                   oddity_handle *output, oddity_error *error);

/// How many bytes there are.
int32_t oddity_bytes_count(oddity_handle bytes, size_t *count, oddity_error *error);

/// Copies all bytes.
///
/// \param capacity of `buffer`; ODDITY_USAGE where they do not fit.
int32_t oddity_bytes_copy(oddity_handle bytes, void *buffer, size_t capacity, oddity_error *error);

// -- Sources of images ----------------------------------------------------------------------------------------------------------

/// An empty source, to which images are added in their order.
int32_t oddity_source_new(oddity_handle *source, oddity_error *error);

/// Adds what each path names: an image, a folder, an archive, an array, a list, as commands take a SOURCE.
int32_t oddity_source_add_paths(oddity_handle source, const char *const *paths, int64_t count, oddity_error *error);

/// Adds the content of an image file.
///
/// \param name what messages call the image.
int32_t oddity_source_add_file(oddity_handle source, const char *name, const void *bytes, size_t count,
                               oddity_error *error);

/// Adds images of 8-bit samples, which are copied.
///
/// \param name what messages call them; several are `name#0`, `name#1`, ….
/// \param pixels [count, height, width, channels], channels being 1 (grey), 3 (RGB) or 4 (RGBA).
/// \param labels the index of each image's true class, or NULL.
int32_t oddity_source_add_pixels(oddity_handle source, const char *name, const uint8_t *pixels, int64_t count,
                                 int64_t height, int64_t width, int64_t channels, const int64_t *labels,
                                 oddity_error *error);

/// Adds images that are preprocessed already, which are copied.
///
/// \param values [count, sides[0], sides[1], sides[2]], in the layout of the network's input.
/// \param labels the index of each image's true class, or NULL.
int32_t oddity_source_add_tensors(oddity_handle source, const char *name, const float *values, int64_t count,
                                  const int64_t sides[3], const int64_t *labels, oddity_error *error);

/// How many images there are.
int32_t oddity_source_count(oddity_handle source, int64_t *count, oddity_error *error);

/// The images' names, as JSON: an array of strings.
///
/// \param names receives bytes.
int32_t oddity_source_names(oddity_handle source, oddity_handle *names, oddity_error *error);

/// Makes the tensors that a network is given of all images of a source.
///
/// \param preprocessing what `--preprocess` takes: the name of a preset or the path of a JSON file; NULL for sizes alone.
/// \param shape of one image's tensor, [channels, height, width] or [height, width, channels].
/// \param values receives [images, shape]; images that fail are left as they are.
/// \param rows how many images `values` holds; ODDITY_USAGE where these are not the source's.
/// \param failures receives bytes, or 0 where no image failed: JSON, an object of messages by row.
int32_t oddity_preprocess(const char *preprocessing, const int64_t shape[3], oddity_handle source, float *values,
                          int64_t rows, oddity_listener listener, void *context, oddity_handle *failures,
                          oddity_error *error);

// -- Detectors ------------------------------------------------------------------------------------------------------------------

/// How the engine runs a network. All zeros is what the command does without flags.
typedef struct {
  /// 0: one for each core.
  int32_t threads;
  /// Images at once; 0: as many as suit their size.
  int32_t batch;
  /// "f32" or "bf16"; NULL: "f32".
  const char *precision;
  /// Where compiled networks are kept; NULL: nowhere.
  const char *cache_dir;
  /// "openvino" or "onnxruntime"; NULL: openvino, or the one that is there.
  const char *name;
  /// What it computes on, such as "GPU" or "cuda:0"; NULL: the processor.
  const char *device;
  /// Bytes of the card's memory that the tensors of a network may take; 0: all that is needed. Only "cuda" has such a limit.
  int64_t device_memory;
} oddity_engine;

/// Loads and compiles a guarded model.
///
/// \param engine may be NULL.
int32_t oddity_detector_open(const char *path, const oddity_engine *engine, oddity_handle *detector,
                             oddity_error *error);

/// A tensor, in row-major order.
typedef struct {
  const char *name;
  /// Of its elements: "float32", "float16", "float64", "int8", …, "uint64" or "bool" (a byte each).
  const char *type;
  const void *values;
  const int64_t *shape;
  int32_t rank;
} oddity_tensor;

/// A network that an engine is to make ready.
typedef struct {
  /// What the network is called from now on.
  int64_t number;
  /// The content of an ONNX file.
  const void *model;
  size_t size;
  /// The files that hold weights, by the absolute paths that stand in the model.
  const char *const *weights;
  int64_t weight_count;
  /// Takes the message where it fails.
  oddity_error *error;
} oddity_network;

/// A batch that an engine is to compute.
typedef struct {
  /// Of the network.
  int64_t number;
  oddity_tensor input;
  /// Names of the tensors wanted.
  const char *const *outputs;
  int64_t output_count;
  /// Takes them by oddity_batch_give, during the call alone.
  oddity_handle results;
  /// Takes the message where it fails.
  oddity_error *error;
} oddity_batch;

/// An engine of the caller's own, in place of those that Oddity opens. Its functions are called on the thread that called Oddity, during
/// that call. They return 0, or anything else to end the call. Calls from several threads run them at the same time. Neither they nor
/// a listener may use the same detector again: it would wait for itself. Networks stay in use as long as the detector.
typedef struct {
  /// The engine whose mistakes it makes: "onnxruntime" or "openvino".
  const char *name;
  /// Of the engine, such as "1.23.0".
  const char *version;
  /// What it computes on, as messages call it.
  const char *device;
  /// Makes a network ready.
  int32_t (*compile)(const oddity_network *network, void *context);
  /// Computes a batch.
  int32_t (*run)(const oddity_batch *batch, void *context);
  /// Passed to both functions. It has to live until the detector is given back and its last call is over.
  void *context;
} oddity_runner;

/// Loads a guarded model whose network an engine of the caller's runs. Where a command takes --device, "memory:NUMBER" names the
/// engine of a detector that was opened so.
///
/// \param engine may be NULL. Only `threads` and `batch` may be set in it.
int32_t oddity_detector_open_with(const char *path, const oddity_engine *engine, const oddity_runner *runner,
                                  oddity_handle *detector, oddity_error *error);

/// Hands over an output of a batch, which is copied.
///
/// \param results of the batch.
/// \param position of the output among those that are wanted.
int32_t oddity_batch_give(oddity_handle results, int64_t position, const oddity_tensor *tensor, oddity_error *error);

/// What `oddity inspect --json` prints of the model, and `sample_shape`, the shape of one preprocessed image.
///
/// \param json receives bytes.
int32_t oddity_detector_describe(oddity_handle detector, oddity_handle *json, oddity_error *error);

/// Where results go, one row an image; a column that is NULL is left out. An image that could not be scored has NaN, class −1,
/// and the verdict 1: it is worth attention too. A tensor that holds values that are not finite is scored: its score and confidence are
/// NaN, its p-value is the smallest, its class 0, and its verdict 1.
typedef struct {
  /// [images, scores of the model]; the first is the calibrated one.
  float *scores;
  /// [images]
  float *p_values;
  /// [images]: 1 where the image is an outlier, else 0.
  uint8_t *outliers;
  /// [images]: the index of the predicted class.
  int64_t *classes;
  /// [images]: the predicted class's probability.
  double *confidences;
  /// [images]: the same, calibrated; NaN of a model whose metadata have no `confidence_temperature`.
  double *calibrated_confidences;
} oddity_columns;

/// Scores all images of a source, in their order.
///
/// \param rows how many rows the columns have; ODDITY_USAGE where these are not the source's images.
/// \param listener may be NULL.
/// \param failures receives bytes, or 0 where every image was scored: JSON, an object of messages by row.
int32_t oddity_score(oddity_handle detector, oddity_handle source, const oddity_columns *columns, int64_t rows,
                     oddity_listener listener, void *context, oddity_handle *failures, oddity_error *error);

/// Tells where images add how much to a score, of a model that was fitted with a map: its `map` in oddity_detector_describe has the score,
/// `height` and `width`. An image that could not be scored, or whose values are not all finite, has NaN. The first call compiles the network
/// once more.
///
/// \param contributions [rows, height, width]: what each position of a feature map adds to the score; NULL leaves them out.
/// \param p_values [rows, height, width]: the share of in-distribution images expected to have as little or less there; NULL leaves them out.
/// \param rows how many images there is room for; ODDITY_USAGE where these are not the source's images.
/// \param listener may be NULL.
/// \param failures receives bytes, or 0 where every image was scored: JSON, an object of messages by row.
int32_t oddity_maps(oddity_handle detector, oddity_handle source, float *contributions, float *p_values, int64_t rows,
                    oddity_listener listener, void *context, oddity_handle *failures, oddity_error *error);

/// Scores images that are preprocessed already. The engine reads them where they are, without a copy, where the network's input is
/// float32; of a network with a fixed batch it copies the last images, where they do not fill a batch.
///
/// \param listener hears progress, and once a message where the values are unlike those that the model was fitted with.
///
/// \param values [rows, …], in the layout of the network's input.
/// \param shape of `values`, the number of images first.
int32_t oddity_score_tensors(oddity_handle detector, const float *values, const int64_t *shape, int32_t rank,
                             const oddity_columns *columns, oddity_listener listener, void *context,
                             oddity_error *error);

#ifdef __cplusplus
}
#endif

#endif
