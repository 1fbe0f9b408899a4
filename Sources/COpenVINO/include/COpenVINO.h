// The part of OpenVINO's C API that Oddity calls, as a table of function pointers.
//
// The table is filled from a library that is opened at run time. A command that runs no network therefore never loads the
// engine. If the engine is missing, the program can explain the error. A linked program would not even start.

#ifndef ODDITY_COPENVINO_H
#define ODDITY_COPENVINO_H

#if !__has_include(<openvino/c/openvino.h>)
#error "OpenVINO's headers are missing: run Scripts/setup, and build by `make`, or with PKG_CONFIG_PATH=$PWD/.build-engine"
#endif

#include <openvino/c/openvino.h>
#include <stdio.h>
#include <string.h>

#define ODDITY_OPENVINO_FUNCTIONS(X)             \
  X(ov_get_openvino_version)                     \
  X(ov_version_free)                             \
  X(ov_get_last_err_msg)                         \
  X(ov_free)                                     \
  X(ov_core_create)                              \
  X(ov_core_free)                                \
  X(ov_core_get_property)                        \
  X(ov_core_get_available_devices)               \
  X(ov_available_devices_free)                   \
  X(ov_core_read_model_from_memory_buffer)       \
  X(ov_core_compile_model)                       \
  X(ov_model_free)                               \
  X(ov_model_inputs_size)                        \
  X(ov_model_const_input_by_name)                \
  X(ov_model_outputs_size)                       \
  X(ov_model_const_output_by_index)              \
  X(ov_model_const_output_by_name)               \
  X(ov_model_reshape)                            \
  X(ov_compiled_model_free)                      \
  X(ov_compiled_model_inputs_size)               \
  X(ov_compiled_model_input_by_index)            \
  X(ov_compiled_model_outputs_size)              \
  X(ov_compiled_model_output_by_index)           \
  X(ov_compiled_model_output_by_name)            \
  X(ov_compiled_model_create_infer_request)      \
  X(ov_port_get_any_name)                        \
  X(ov_port_get_element_type)                    \
  X(ov_port_get_partial_shape)                   \
  X(ov_output_const_port_free)                   \
  X(ov_partial_shape_create_static)              \
  X(ov_partial_shape_free)                       \
  X(ov_infer_request_free)                       \
  X(ov_infer_request_set_input_tensor_by_index)  \
  X(ov_infer_request_get_tensor_by_const_port)   \
  X(ov_infer_request_set_callback)               \
  X(ov_infer_request_start_async)                \
  X(ov_infer_request_wait)                       \
  X(ov_tensor_create)                            \
  X(ov_tensor_create_from_host_ptr)              \
  X(ov_tensor_free)                              \
  X(ov_tensor_get_element_type)                  \
  X(ov_tensor_get_shape)                         \
  X(ov_tensor_get_size)                          \
  X(ov_tensor_get_byte_size)                     \
  X(ov_tensor_data)                              \
  X(ov_shape_create)                             \
  X(ov_shape_free)

/// One member per function, with the name in OpenVINO's documentation.
typedef struct {
#define ODDITY_MEMBER(name) __typeof__(&name) name;
  ODDITY_OPENVINO_FUNCTIONS(ODDITY_MEMBER)
#undef ODDITY_MEMBER
} oddity_openvino_t;

/// Looks up every function of the table in `library`, a handle from `dlopen`.
/// Returns NULL, or the name of the first function that the library lacks.
const char *oddity_openvino_resolve(void *library, oddity_openvino_t *table);

/// Calls `ov_core_compile_model`, a variadic function, which Swift cannot call. Each property has a neutral value.
///
/// `precision` is "f32" or "bf16". It is always set, because the engine may otherwise choose bf16 itself. `cache_dir` is the
/// folder for compiled models; "" means no cache. The following applies only to the CPU, because other devices do not have
/// these properties and choose their number of streams themselves. If `threads` is 0, there is one thread per core.
/// `streams` is the number of batches that are computed at the same time, each by its share of the threads. Threads are
/// never pinned. Each process would pin its threads to the first cores, so that two processes (shards, or tasks of a
/// cluster) would share cores and leave others idle. Activations are never quantised. By default, the engine quantises them
/// if only a layer's weights are quantised, which changes logits by 0.3 % of their spread.
static inline ov_status_e oddity_openvino_compile(const oddity_openvino_t *table, const ov_core_t *core,
                                                  const ov_model_t *model, const char *device,
                                                  const char *precision, int threads, int streams,
                                                  const char *cache_dir, ov_compiled_model_t **compiled) {
  enum { argument_count = 2 * 6, arguments_of_any_device = 2 * 2 };
  char thread_count[16], stream_count[16];
  snprintf(thread_count, sizeof thread_count, "%d", threads);
  snprintf(stream_count, sizeof stream_count, "%d", streams);
  const size_t count = strcmp(device, "CPU") == 0 ? argument_count : arguments_of_any_device;
  return table->ov_core_compile_model(core, model, device, count, compiled,  //
                                      "INFERENCE_PRECISION_HINT", precision,
                                      "CACHE_DIR", cache_dir,                 //
                                      "INFERENCE_NUM_THREADS", thread_count,  //
                                      "NUM_STREAMS", stream_count,            //
                                      "ENABLE_CPU_PINNING", "NO",             //
                                      "DYNAMIC_QUANTIZATION_GROUP_SIZE", "0");
}

#endif
