/// The part of libvips that Oddity needs, opened at run time on first use: linking it would load a
/// hundred shared libraries at every start, also where no image needs it.
#ifndef ODDITY_CVIPS_H
#define ODDITY_CVIPS_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// A decoded or half-decoded image; opaque. Closed by `cvips_close`.
typedef struct cvips_image cvips_image;

/// Values of `cvips_format` that Oddity converts from; others are refused.
enum { CVIPS_FORMAT_UINT8 = 0, CVIPS_FORMAT_UINT16 = 2 };

/// Values of `cvips_interpretation` that Oddity understands.
enum {
  CVIPS_INTERPRETATION_MULTIBAND = 0,
  CVIPS_INTERPRETATION_GREY = 1,
  CVIPS_INTERPRETATION_CMYK = 15,
  CVIPS_INTERPRETATION_RGB = 17,
  CVIPS_INTERPRETATION_SRGB = 22,
  CVIPS_INTERPRETATION_RGB16 = 25,
  CVIPS_INTERPRETATION_GREY16 = 26
};

/// Says where the library lies; without effect once it was opened.
void cvips_use(const char *path);

/// Opens libvips once for the process and sets it up: one thread, no cache, and of its loaders only WebP and
/// TIFF. Every other function here may be called only after this returned NULL.
/// @return NULL when ready, otherwise what is wrong (valid for ever).
const char *_Nullable cvips_load(void);

/// Reads the header of an encoded image; `bytes` must outlive the image.
/// @return NULL on failure; `cvips_error` then says why.
cvips_image *_Nullable cvips_open(const void *bytes, size_t count);

int cvips_width(cvips_image *image);
int cvips_height(cvips_image *image);
int cvips_bands(cvips_image *image);
int cvips_format(cvips_image *image);
int cvips_interpretation(cvips_image *image);

/// Decodes the pixels, row by row and interleaved, into `pixels`, which has room for `count` bytes.
/// @return 0, or -1 on failure; `cvips_error` then says why.
int cvips_read(cvips_image *image, void *pixels, size_t count);

void cvips_close(cvips_image *image);

/// What libvips reported since `cvips_clear_error`, by any thread: it has one text for the whole process.
const char *cvips_error(void);
void cvips_clear_error(void);

#pragma clang assume_nonnull end

#endif
