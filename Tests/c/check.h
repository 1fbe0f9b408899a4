// Shared parts of all checks of the C interface. If a check fails, it prints its line, and the program continues.
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "oddity.h"

/// The error of the calls on this thread.
extern _Thread_local oddity_error error;

/// Checks that a condition is true.
#define CHECK(condition) check((condition), __FILE__, __LINE__, "not true: %s", #condition)

/// Checks that two integers are equal.
#define EQUAL(found, expected) check_equal((int64_t)(found), (int64_t)(expected), __FILE__, __LINE__, #found)

/// Checks that memory is equal, byte for byte.
#define SAME_BYTES(found, expected, size) \
  check(memcmp((found), (expected), (size)) == 0, __FILE__, __LINE__, "%s differs from %s", #found, #expected)

/// Checks that a text contains another one.
#define HOLDS(text, part) check_holds((text), (part), __FILE__, __LINE__)

/// Checks that a function succeeds and leaves the error unchanged.
#define DONE(function, ...) \
  check_done((forget_error(), function(__VA_ARGS__, &error)), __FILE__, __LINE__, #function "(" #__VA_ARGS__ ")")

/// Checks that a function fails with a status and a message that contains some words. Without an error argument, the status
/// is the same.
#define REFUSED(status, words, function, ...) \
  do { \
    int32_t alone = function(__VA_ARGS__, NULL); \
    forget_error(); \
    int32_t told = function(__VA_ARGS__, &error); \
    check_refused(told, alone, (status), (words), __FILE__, __LINE__, #function "(" #__VA_ARGS__ ")"); \
  } while (0)

/// Checks that a function refuses invalid handles: 0, a number that was never given, a released handle, and a handle of
/// another kind.
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

/// Overwrites `error`.
void forget_error(void);

/// Prints the number of checks.
///
/// \return the exit status for main.
int end_checks(void);

// -- Fixtures -------------------------------------------------------------------------------------------------------------------

enum { SIDE = 32, CHANNELS = 3, PIXELS = SIDE * SIDE * CHANNELS };

/// The repository, and a temporary folder that is removed at the end.
extern const char *root;
extern char folder[];

/// "FOLDER/NAME", where FOLDER is one of the two folders above. Lives as long as the program.
const char *path_in(const char *of, const char *name);

/// Images of 32×32 pixels, [count, 32, 32, 3], which the caller frees. Equal seeds give equal images.
uint8_t *images(int64_t count, uint64_t seed);

/// A source that contains such images.
oddity_handle source_of(int64_t count, uint64_t seed);

/// The content of a PNM file with an image. The caller frees it.
char *pnm_of(const uint8_t *pixels, size_t *size);

/// A network of Tests/Fixtures, guarded by the scores featurenorm and energy. Returns the same path for the same network.
const char *guarded(const char *network);

oddity_handle detector_of(const char *network);

/// The text of a handle of bytes. Releases the handle. The caller frees the text.
char *take_text(oddity_handle bytes);

oddity_handle given_back_handle(void);

/// Columns with space for `rows` images and two scores.
typedef struct {
  float scores[128][2];
  float p_values[128];
  uint8_t outliers[128];
  int64_t classes[128];
  double confidences[128];
  double calibrated_confidences[128];
} results;

oddity_columns columns_of(results *place);

/// Compares results. The scores may differ by a hundred-thousandth, because the engine may compute differently in another
/// batch or on another thread.
void check_results(const results *found, const results *expected, int64_t count, const char *file, int line);

/// The memory of this process in KiB.
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
