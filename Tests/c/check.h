// What all checks of the C interface are made of. A check that fails says so with its line, and the program goes on.
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "oddity.h"

/// Of the calls of this thread.
extern _Thread_local oddity_error error;

/// True.
#define CHECK(condition) check((condition), __FILE__, __LINE__, "not true: %s", #condition)

/// Two whole numbers are equal.
#define EQUAL(found, expected) check_equal((int64_t)(found), (int64_t)(expected), __FILE__, __LINE__, #found)

/// Some memory is equal, byte for byte.
#define SAME_BYTES(found, expected, size) \
  check(memcmp((found), (expected), (size)) == 0, __FILE__, __LINE__, "%s differs from %s", #found, #expected)

/// A text holds another.
#define HOLDS(text, part) check_holds((text), (part), __FILE__, __LINE__)

/// A function succeeds, and leaves the error as it is.
#define DONE(function, ...) \
  check_done((forget_error(), function(__VA_ARGS__, &error)), __FILE__, __LINE__, #function "(" #__VA_ARGS__ ")")

/// A function fails with a status and a sentence that holds some words; and with the same status where nobody takes the sentence.
#define REFUSED(status, words, function, ...) \
  do { \
    int32_t alone = function(__VA_ARGS__, NULL); \
    forget_error(); \
    int32_t told = function(__VA_ARGS__, &error); \
    check_refused(told, alone, (status), (words), __FILE__, __LINE__, #function "(" #__VA_ARGS__ ")"); \
  } while (0)

/// A function refuses handles that are none of its own: 0, one that nobody has got yet, one that was given back, another kind's.
#define REFUSES_HANDLES(other_kind, call_with) \
  do { \
    oddity_handle wrong[] = {0, UINT64_MAX, given_back_handle()}; \
    for (int i = 0; i < 3; i++) call_with(wrong[i], "is not a valid handle"); \
    call_with((other_kind), "to another kind"); \
  } while (0)

void check(bool holds, const char *file, int line, const char *format, ...) __attribute__((format(printf, 4, 5)));
void check_equal(int64_t found, int64_t expected, const char *file, int line, const char *text);
void check_holds(const char *text, const char *part, const char *file, int line);
void check_done(int32_t status, const char *file, int line, const char *call);
void check_refused(int32_t status, int32_t status_alone, int32_t expected, const char *words, const char *file, int line,
                   const char *call);

/// Puts something else into `error`.
void forget_error(void);

/// Says how many checks there were.
///
/// \return what main returns.
int end_checks(void);

// -- What the checks work with --------------------------------------------------------------------------------------------------

enum { SIDE = 32, CHANNELS = 3, PIXELS = SIDE * SIDE * CHANNELS };

/// The repository, and a folder that is removed at the end.
extern const char *root;
extern char folder[];

/// "FOLDER/NAME", where FOLDER is one of the two above. Lives as long as the program.
const char *path_in(const char *of, const char *name);

/// Some images of 32×32 pixels, [count, 32, 32, 3], which the caller frees. The same seed makes the same ones.
uint8_t *images(int64_t count, uint64_t seed);

/// A source of such images.
oddity_handle source_of(int64_t count, uint64_t seed);

/// The content of a PNM file that holds an image. The caller frees it.
char *pnm_of(const uint8_t *pixels, size_t *size);

/// A network of Tests/Fixtures, guarded by the scores featurenorm and energy. The same path for the same network.
const char *guarded(const char *network);

oddity_handle detector_of(const char *network);

/// The text that a handle of bytes stands for, which is given back. The caller frees it.
char *take_text(oddity_handle bytes);

oddity_handle given_back_handle(void);

/// Columns with room for `rows` images and two scores.
typedef struct {
  float scores[128][2];
  float p_values[128];
  uint8_t outliers[128];
  int64_t classes[128];
  double confidences[128];
  double calibrated_confidences[128];
} results;

oddity_columns columns_of(results *place);

/// The same results, but for what the engine computes otherwise in another batch or on another thread: the scores may differ
/// by a hundred-thousandth.
void check_results(const results *found, const results *expected, int64_t count, const char *file, int line);

/// Memory that this process holds, in KiB.
long resident(void);

// -- Parts of the test ----------------------------------------------------------------------------------------------------------

void check_library(void);
void check_sources(void);
void check_commands(void);
void check_preprocessing(void);
void check_detectors(void);
void check_runners(void);
void check_threads(void);
void check_forks_of_idle_library(void);
void check_forks(void);

#endif
