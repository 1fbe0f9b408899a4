/// The C interface of Oddity. The Python package uses it, and other languages may bind to it.
///
/// Status. Every function that can fail returns a status: 0 (ODDITY_OK), or one of the numbers below. It then writes the
/// status, its name and a one-sentence message for the user into `error`, unless `error` is NULL. On failure nothing else is
/// written, unless a function says otherwise.
///
/// Ownership. A handle represents an object of the library. The caller releases each handle with oddity_free. Handles are
/// never 0, and numbers are never reused. Using a released handle fails with ODDITY_BAD_HANDLE and has no other effect. The
/// caller owns all memory that it passes in, and the library reads it only during the call. Results are copied into memory
/// of the caller.
///
/// Threads. Every function may be called from any thread, also with the same handle. If a handle is released while another
/// thread uses it, its object is freed when that call ends. After fork(), the threads of the library exist only in the
/// parent. If the parent has opened a detector or run a command, all calls in the child fail with ODDITY_FORKED.
///
/// Text is UTF-8 and ends with a zero byte. Paths are bytes, as the system uses them.
#ifndef ODDITY_H
#define ODDITY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Increases when a function or a structure changes its meaning. Added functions do not increase it.
#define ODDITY_ABI 4

enum {
  ODDITY_OK = 0,
  /// The work is done, but some inputs failed. Only oddity_run returns this status, together with its output.
  ODDITY_INPUT_FAILED = 1,
  /// Something that was requested does not exist, or arguments contradict each other.
  ODDITY_USAGE = 2,
  /// The model or the data cannot be used.
  ODDITY_BAD_INPUT = 65,
  /// A required library is not installed, such as the engine.
  ODDITY_MISSING = 69,
  /// A bug in Oddity.
  ODDITY_INTERNAL = 70,
  /// A file cannot be written.
  ODDITY_OUTPUT = 74,
  /// A listener has cancelled the call.
  ODDITY_CANCELLED = 130,
  /// The number is not a handle, or the handle is of another kind or was released.
  ODDITY_BAD_HANDLE = 131,
  /// The process was forked after the library had started work.
  ODDITY_FORKED = 132,
};

typedef uint64_t oddity_handle;

typedef struct {
  int32_t status;
  /// For example "notGuarded"; empty if the status is specific enough.
  char name[32];
  /// One sentence. It is cut if it is longer.
  char message[4064];
} oddity_error;

/// An event during a long call.
typedef struct {
  /// A message for the user, or the name of the current task.
  const char *text;
  /// `done` of `total` is done. `total` is 0 for a message.
  int64_t done, total;
} oddity_event;

/// Receives events, on the thread that made the call. It is called about ten times a second, with `text` NULL if nothing
/// happens.
///
/// \return 0 to continue. Any other value ends the call as soon as possible, with ODDITY_CANCELLED.
typedef int32_t (*oddity_listener)(const oddity_event *event, void *context);

/// For example "1.0.0".
const char *oddity_version(void);

/// The value of ODDITY_ABI in the library.
int32_t oddity_abi(void);

/// Sets the path of a library that Oddity opens at run time. Must be called before the first call that needs the library. An
/// environment variable that names the same library has priority.
///
/// \param name "openvino" (libopenvino_c), "onnxruntime" (libonnxruntime), "openblas" or "vips".
int32_t oddity_use_library(const char *name, const char *path, oddity_error *error);

/// Releases a handle.
///
/// \return ODDITY_OK or ODDITY_BAD_HANDLE.
int32_t oddity_free(oddity_handle handle, oddity_error *error);

// -- Commands -------------------------------------------------------------------------------------------------------------------

/// Runs the command `oddity`, for a program that has no other purpose. It handles the process's signals and writes to its
/// outputs.
///
/// \param argv the arguments. The first one is the program's name.
/// \return the exit status of the program.
int32_t oddity_command(int32_t argc, const char *const *argv);

/// Runs a command of `oddity` as a function call: `fit`, `evaluate`, `blocks`, … with all its flags. If the command takes a
/// SOURCE, "memory:NUMBER" names a source that was created by oddity_source_new.
///
/// \param argv the arguments. The first one is the command's name, such as "fit".
/// \param listener may be NULL.
/// \param output receives bytes: what the command prints on standard output. It is also written with ODDITY_INPUT_FAILED.
int32_t oddity_run(int32_t argc, const char *const *argv, oddity_listener listener, void *context,
                   oddity_handle *output, oddity_error *error);

/// The number of bytes.
int32_t oddity_bytes_count(oddity_handle bytes, size_t *count, oddity_error *error);

/// Copies all bytes.
///
/// \param capacity the size of `buffer`. If the bytes do not fit, the status is ODDITY_USAGE.
int32_t oddity_bytes_copy(oddity_handle bytes, void *buffer, size_t capacity, oddity_error *error);

// -- Sources of images ----------------------------------------------------------------------------------------------------------

/// Creates an empty source. Images are added to it in order.
int32_t oddity_source_new(oddity_handle *source, oddity_error *error);

/// Adds the images of each path: an image, a folder, an archive, an array or a list, as commands take a SOURCE.
int32_t oddity_source_add_paths(oddity_handle source, const char *const *paths, int64_t count, oddity_error *error);

/// Adds the content of an image file.
///
/// \param name the name of the image in messages.
int32_t oddity_source_add_file(oddity_handle source, const char *name, const void *bytes, size_t count,
                               oddity_error *error);

/// Adds images of 8-bit samples, which are copied.
///
/// \param name the name of the images in messages. Several images are named `name#0`, `name#1`, ….
/// \param pixels [count, height, width, channels]. channels is 1 (grey), 3 (RGB) or 4 (RGBA).
/// \param labels the index of each image's true class, or NULL.
int32_t oddity_source_add_pixels(oddity_handle source, const char *name, const uint8_t *pixels, int64_t count,
                                 int64_t height, int64_t width, int64_t channels, const int64_t *labels,
                                 oddity_error *error);

/// Adds images that are already preprocessed, which are copied.
///
/// \param values [count, sides[0], sides[1], sides[2]], in the layout of the network's input.
/// \param labels the index of each image's true class, or NULL.
int32_t oddity_source_add_tensors(oddity_handle source, const char *name, const float *values, int64_t count,
                                  const int64_t sides[3], const int64_t *labels, oddity_error *error);

/// The number of images.
int32_t oddity_source_count(oddity_handle source, int64_t *count, oddity_error *error);

/// The names of the images, as a JSON array of strings.
///
/// \param names receives bytes.
int32_t oddity_source_names(oddity_handle source, oddity_handle *names, oddity_error *error);

/// Computes the input tensors of a network for all images of a source.
///
/// \param preprocessing as for `--preprocess`: the name of a preset or the path of a JSON file. NULL only resizes and
/// scales.
/// \param shape of one image's tensor: [channels, height, width] or [height, width, channels].
/// \param values receives [images, shape]. The tensors of images that fail stay unchanged.
/// \param rows the number of images that `values` has space for. If the source has another number, the status is
/// ODDITY_USAGE.
/// \param failures receives bytes with a JSON object of messages by row, or 0 if no image failed.
int32_t oddity_preprocess(const char *preprocessing, const int64_t shape[3], oddity_handle source, float *values,
                          int64_t rows, oddity_listener listener, void *context, oddity_handle *failures,
                          oddity_error *error);

// -- Detectors ------------------------------------------------------------------------------------------------------------------

/// How the engine runs a network. If all members are zero, the defaults of the command apply.
typedef struct {
  /// 0 means one per core.
  int32_t threads;
  /// The number of images per batch. 0 means as many as suit their size.
  int32_t batch;
  /// "f32" or "bf16". NULL means "f32".
  const char *precision;
  /// The folder of the cache of compiled networks. NULL means no cache.
  const char *cache_dir;
  /// "openvino" or "onnxruntime". NULL means openvino, or onnxruntime if openvino is not installed.
  const char *name;
  /// The device, such as "GPU" or "cuda:0". NULL means the processor.
  const char *device;
  /// The maximum number of bytes of the device's memory for the tensors of a network. 0 means no limit. Only "cuda" supports
  /// a limit.
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
  /// The type of the elements: "float32", "float16", "float64", "int8", …, "uint64" or "bool" (one byte each).
  const char *type;
  const void *values;
  const int64_t *shape;
  int32_t rank;
} oddity_tensor;

/// A network that an engine must prepare.
typedef struct {
  /// The number that identifies the network in later calls.
  int64_t number;
  /// The content of an ONNX file.
  const void *model;
  size_t size;
  /// The files that contain weights, as the absolute paths in the model.
  const char *const *weights;
  int64_t weight_count;
  /// Receives the message if the function fails.
  oddity_error *error;
} oddity_network;

/// A batch that an engine must compute.
typedef struct {
  /// The number of the network.
  int64_t number;
  oddity_tensor input;
  /// The names of the requested tensors.
  const char *const *outputs;
  int64_t output_count;
  /// Receives the tensors by oddity_batch_give, only during the call.
  oddity_handle results;
  /// Receives the message if the function fails.
  oddity_error *error;
} oddity_batch;

/// An engine of the caller, which replaces those that Oddity opens. Its functions are called on the thread that called
/// Oddity, during that call. They return 0, or another value to end the call. Calls from several threads run them at the
/// same time. Neither they nor a listener may use the same detector, because that would cause a deadlock. Networks stay in
/// use as long as the detector.
typedef struct {
  /// The engine whose known errors it shares: "onnxruntime" or "openvino".
  const char *name;
  /// The version of the engine, such as "1.23.0".
  const char *version;
  /// The name of the device in messages.
  const char *device;
  /// Prepares a network.
  int32_t (*compile)(const oddity_network *network, void *context);
  /// Computes a batch.
  int32_t (*run)(const oddity_batch *batch, void *context);
  /// Passed to both functions. It must live until the detector is released and its last call has ended.
  void *context;
} oddity_runner;

/// Loads a guarded model whose network runs in an engine of the caller. If a command takes --device, "memory:NUMBER" names
/// the engine of a detector that was opened by this function.
///
/// \param engine may be NULL. Only `threads` and `batch` may be set in it.
int32_t oddity_detector_open_with(const char *path, const oddity_engine *engine, const oddity_runner *runner,
                                  oddity_handle *detector, oddity_error *error);

/// Returns an output of a batch to Oddity, which copies it.
///
/// \param results the member `results` of the batch.
/// \param position of the output among the requested ones.
int32_t oddity_batch_give(oddity_handle results, int64_t position, const oddity_tensor *tensor, oddity_error *error);

/// The output of `oddity inspect --json` for the model, and `sample_shape`, the shape of one preprocessed image.
///
/// \param json receives bytes.
int32_t oddity_detector_describe(oddity_handle detector, oddity_handle *json, oddity_error *error);

/// Where results are written, with one row per image. A column that is NULL is left out. An image that could not be scored
/// has NaN, class −1 and the verdict 1, because it needs attention too. A tensor with values that are not finite is scored:
/// its score and confidence are NaN, its p-value is the smallest possible, its class is 0 and its verdict is 1.
typedef struct {
  /// [images, scores of the model]. The first score is the calibrated one.
  float *scores;
  /// [images]
  float *p_values;
  /// [images]: 1 if the image is an outlier, otherwise 0.
  uint8_t *outliers;
  /// [images]: the index of the predicted class.
  int64_t *classes;
  /// [images]: the probability of the predicted class.
  double *confidences;
  /// [images]: the calibrated confidence; NaN if the model's metadata has no `confidence_temperature`.
  double *calibrated_confidences;
} oddity_columns;

/// Scores all images of a source, in their order.
///
/// \param rows the number of rows in the columns. If the source has another number of images, the status is ODDITY_USAGE.
/// \param listener may be NULL.
/// \param failures receives bytes with a JSON object of messages by row, or 0 if every image was scored.
int32_t oddity_score(oddity_handle detector, oddity_handle source, const oddity_columns *columns, int64_t rows,
                     oddity_listener listener, void *context, oddity_handle *failures, oddity_error *error);

/// Computes score maps, for a model that was fitted with a map. The member `map` in oddity_detector_describe contains the
/// score, `height` and `width`. The maps of an image that could not be scored, or whose values are not all finite, are NaN.
/// The first call compiles the network again.
///
/// \param contributions [rows, height, width]: what each position of a feature map adds to the score. NULL leaves them out.
/// \param p_values [rows, height, width]: the expected share of in-distribution images with an equal or smaller contribution
/// there. NULL leaves them out.
/// \param rows the number of images that there is space for. If the source has another number, the status is ODDITY_USAGE.
/// \param listener may be NULL.
/// \param failures receives bytes with a JSON object of messages by row, or 0 if every image was scored.
int32_t oddity_maps(oddity_handle detector, oddity_handle source, float *contributions, float *p_values, int64_t rows,
                    oddity_listener listener, void *context, oddity_handle *failures, oddity_error *error);

/// Scores images that are already preprocessed. If the network's input is float32, the engine reads them in place. If the
/// network has a fixed batch size and the last images do not fill a batch, those are copied.
///
/// \param listener receives progress. It also receives one message if the values differ from those that the model was fitted
/// with.
///
/// \param values [rows, …], in the layout of the network's input.
/// \param shape of `values`. The number of images comes first.
int32_t oddity_score_tensors(oddity_handle detector, const float *values, const int64_t *shape, int32_t rank,
                             const oddity_columns *columns, oddity_listener listener, void *context,
                             oddity_error *error);

#ifdef __cplusplus
}
#endif

#endif
