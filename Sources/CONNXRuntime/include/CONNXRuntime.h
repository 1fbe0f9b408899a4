// The part of ONNX Runtime's C API that Oddity calls, as a table of function pointers.
//
// ONNX Runtime exports one function, which returns an array of function pointers: `OrtApi`. The position of a function in it
// never changes, and later versions append functions. The positions and signatures are those of onnxruntime_c_api.h of
// version 1.20 (https://github.com/microsoft/onnxruntime, MIT licence). No later function is called.

#ifndef ODDITY_CONNXRUNTIME_H
#define ODDITY_CONNXRUNTIME_H

#include <stddef.h>
#include <stdint.h>

/// The requested version of the interface. The oldest library that supports it is 1.20.
enum { ODDITY_ORT_API_VERSION = 20 };

typedef struct OrtStatus OrtStatus;
typedef struct OrtEnv OrtEnv;
typedef struct OrtSession OrtSession;
typedef struct OrtSessionOptions OrtSessionOptions;
typedef struct OrtRunOptions OrtRunOptions;
typedef struct OrtValue OrtValue;
typedef struct OrtMemoryInfo OrtMemoryInfo;
typedef struct OrtAllocator OrtAllocator;
typedef struct OrtTypeInfo OrtTypeInfo;
typedef struct OrtTensorTypeAndShapeInfo OrtTensorTypeAndShapeInfo;
typedef struct OrtCUDAProviderOptionsV2 OrtCUDAProviderOptionsV2;
typedef struct OrtTensorRTProviderOptionsV2 OrtTensorRTProviderOptionsV2;

/// `ONNXTensorElementDataType`, with the numbers of ONNX.
enum {
  ODDITY_ORT_FLOAT = 1,
  ODDITY_ORT_UINT8 = 2,
  ODDITY_ORT_INT8 = 3,
  ODDITY_ORT_UINT16 = 4,
  ODDITY_ORT_INT16 = 5,
  ODDITY_ORT_INT32 = 6,
  ODDITY_ORT_INT64 = 7,
  ODDITY_ORT_BOOL = 9,
  ODDITY_ORT_FLOAT16 = 10,
  ODDITY_ORT_DOUBLE = 11,
  ODDITY_ORT_UINT32 = 12,
  ODDITY_ORT_UINT64 = 13,
  ODDITY_ORT_BFLOAT16 = 16
};

enum { ODDITY_ORT_LOG_FATAL = 4 };                       // OrtLoggingLevel
enum { ODDITY_ORT_ARENA_ALLOCATOR = 1 };                 // OrtAllocatorType
enum { ODDITY_ORT_MEMORY_DEFAULT = 0 };                  // OrtMemType
enum { ODDITY_ORT_OPTIMISE_NOTHING = 0, ODDITY_ORT_OPTIMISE_ALL = 99 };  // GraphOptimizationLevel

// X(position, name, result, (arguments))
#define ODDITY_ORT_FUNCTIONS(X)                                                                                        \
  X(2, GetErrorMessage, const char *, (const OrtStatus *))                                                             \
  X(3, CreateEnv, OrtStatus *, (int, const char *, OrtEnv **))                                                         \
  X(6, DisableTelemetryEvents, OrtStatus *, (const OrtEnv *))                                                          \
  X(8, CreateSessionFromArray, OrtStatus *,                                                                            \
    (const OrtEnv *, const void *, size_t, const OrtSessionOptions *, OrtSession **))                                  \
  X(9, Run, OrtStatus *,                                                                                               \
    (OrtSession *, const OrtRunOptions *, const char *const *, const OrtValue *const *, size_t, const char *const *,   \
     size_t, OrtValue **))                                                                                             \
  X(10, CreateSessionOptions, OrtStatus *, (OrtSessionOptions **))                                                     \
  X(23, SetSessionGraphOptimizationLevel, OrtStatus *, (OrtSessionOptions *, int))                                     \
  X(24, SetIntraOpNumThreads, OrtStatus *, (OrtSessionOptions *, int))                                                 \
  X(25, SetInterOpNumThreads, OrtStatus *, (OrtSessionOptions *, int))                                                 \
  X(30, SessionGetInputCount, OrtStatus *, (const OrtSession *, size_t *))                                             \
  X(31, SessionGetOutputCount, OrtStatus *, (const OrtSession *, size_t *))                                            \
  X(33, SessionGetInputTypeInfo, OrtStatus *, (const OrtSession *, size_t, OrtTypeInfo **))                            \
  X(34, SessionGetOutputTypeInfo, OrtStatus *, (const OrtSession *, size_t, OrtTypeInfo **))                           \
  X(36, SessionGetInputName, OrtStatus *, (const OrtSession *, size_t, OrtAllocator *, char **))                       \
  X(37, SessionGetOutputName, OrtStatus *, (const OrtSession *, size_t, OrtAllocator *, char **))                      \
  X(49, CreateTensorWithDataAsOrtValue, OrtStatus *,                                                                   \
    (const OrtMemoryInfo *, void *, size_t, const int64_t *, size_t, int, OrtValue **))                                \
  X(50, IsTensor, OrtStatus *, (const OrtValue *, int *))                                                              \
  X(51, GetTensorMutableData, OrtStatus *, (OrtValue *, void **))                                                      \
  X(55, CastTypeInfoToTensorInfo, OrtStatus *, (const OrtTypeInfo *, const OrtTensorTypeAndShapeInfo **))              \
  X(60, GetTensorElementType, OrtStatus *, (const OrtTensorTypeAndShapeInfo *, int *))                                 \
  X(61, GetDimensionsCount, OrtStatus *, (const OrtTensorTypeAndShapeInfo *, size_t *))                                \
  X(62, GetDimensions, OrtStatus *, (const OrtTensorTypeAndShapeInfo *, int64_t *, size_t))                            \
  X(65, GetTensorTypeAndShape, OrtStatus *, (const OrtValue *, OrtTensorTypeAndShapeInfo **))                          \
  X(69, CreateCpuMemoryInfo, OrtStatus *, (int, int, OrtMemoryInfo **))                                                \
  X(76, AllocatorFree, OrtStatus *, (OrtAllocator *, void *))                                                          \
  X(78, GetAllocatorWithDefaultOptions, OrtStatus *, (OrtAllocator **))                                                \
  X(93, ReleaseStatus, void, (OrtStatus *))                                                                            \
  X(95, ReleaseSession, void, (OrtSession *))                                                                          \
  X(96, ReleaseValue, void, (OrtValue *))                                                                              \
  X(98, ReleaseTypeInfo, void, (OrtTypeInfo *))                                                                        \
  X(99, ReleaseTensorTypeAndShapeInfo, void, (OrtTensorTypeAndShapeInfo *))                                            \
  X(100, ReleaseSessionOptions, void, (OrtSessionOptions *))                                                           \
  X(125, GetAvailableProviders, OrtStatus *, (char ***, int *))                                                        \
  X(126, ReleaseAvailableProviders, OrtStatus *, (char **, int))                                                       \
  X(130, AddSessionConfigEntry, OrtStatus *, (OrtSessionOptions *, const char *, const char *))                        \
  X(170, SessionOptionsAppendExecutionProvider_TensorRT_V2, OrtStatus *,                                               \
    (OrtSessionOptions *, const OrtTensorRTProviderOptionsV2 *))                                                       \
  X(171, CreateTensorRTProviderOptions, OrtStatus *, (OrtTensorRTProviderOptionsV2 **))                                \
  X(172, UpdateTensorRTProviderOptions, OrtStatus *,                                                                   \
    (OrtTensorRTProviderOptionsV2 *, const char *const *, const char *const *, size_t))                                \
  X(174, ReleaseTensorRTProviderOptions, void, (OrtTensorRTProviderOptionsV2 *))                                       \
  X(204, SessionOptionsAppendExecutionProvider_CUDA_V2, OrtStatus *,                                                   \
    (OrtSessionOptions *, const OrtCUDAProviderOptionsV2 *))                                                           \
  X(205, CreateCUDAProviderOptions, OrtStatus *, (OrtCUDAProviderOptionsV2 **))                                        \
  X(206, UpdateCUDAProviderOptions, OrtStatus *,                                                                       \
    (OrtCUDAProviderOptionsV2 *, const char *const *, const char *const *, size_t))                                    \
  X(208, ReleaseCUDAProviderOptions, void, (OrtCUDAProviderOptionsV2 *))                                               \
  X(216, SessionOptionsAppendExecutionProvider, OrtStatus *,                                                           \
    (OrtSessionOptions *, const char *, const char *const *, const char *const *, size_t))                             \
  X(279, AddExternalInitializersFromFilesInMemory, OrtStatus *,                                                        \
    (OrtSessionOptions *, const char *const *, char *const *, const size_t *, size_t))

/// One member per function, with the name in ONNX Runtime's documentation, and the library's version.
typedef struct {
#define ODDITY_ORT_MEMBER(place, name, result, arguments) result(*name) arguments;
  ODDITY_ORT_FUNCTIONS(ODDITY_ORT_MEMBER)
#undef ODDITY_ORT_MEMBER
} oddity_ort_t;

/// The version of a library that `dlopen` has opened, such as "1.20.0"; NULL if it is not ONNX Runtime. Never freed.
const char *oddity_ort_version(void *library);

/// Fills the table from `library`. Returns 0, or -1 if the library is older than `ODDITY_ORT_API_VERSION`.
int oddity_ort_resolve(void *library, oddity_ort_t *table);

#endif
