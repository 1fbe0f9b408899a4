/// The part of libvips that Oddity needs. It is opened on first use, because linking it would load a hundred shared
/// libraries at every start, even if no image needs it.
#ifndef ODDITY_CVIPS_H
#define ODDITY_CVIPS_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// A decoded or partly decoded image. `cvips_close` frees it.
typedef struct cvips_image cvips_image;

/// The values of `cvips_format` that Oddity converts. Other values are refused.
enum { CVIPS_FORMAT_UINT8 = 0, CVIPS_FORMAT_UINT16 = 2 };

/// The values of `cvips_interpretation` that Oddity supports.
enum {
  CVIPS_INTERPRETATION_MULTIBAND = 0,
  CVIPS_INTERPRETATION_GREY = 1,
  CVIPS_INTERPRETATION_CMYK = 15,
  CVIPS_INTERPRETATION_RGB = 17,
  CVIPS_INTERPRETATION_SRGB = 22,
  CVIPS_INTERPRETATION_RGB16 = 25,
  CVIPS_INTERPRETATION_GREY16 = 26
};

/// Sets the path of the library. Has no effect after it was opened.
void cvips_use(const char *path);

/// Opens libvips once for the process and configures it: one thread, no cache, and only the loaders of WebP and TIFF. The
/// other functions may be called only after this function has returned NULL.
/// @return NULL on success, otherwise the reason, which stays valid.
const char *_Nullable cvips_load(void);

/// Reads the header of an encoded image. `bytes` must outlive the image.
/// @return NULL on failure. `cvips_error` then gives the reason.
cvips_image *_Nullable cvips_open(const void *bytes, size_t count);

int cvips_width(cvips_image *image);
int cvips_height(cvips_image *image);
int cvips_bands(cvips_image *image);
int cvips_format(cvips_image *image);
int cvips_interpretation(cvips_image *image);

/// Decodes the pixels into `pixels`, which has space for `count` bytes. The order is row by row, with interleaved channels.
/// @return 0, or -1 on failure. `cvips_error` then gives the reason.
int cvips_read(cvips_image *image, void *pixels, size_t count);

void cvips_close(cvips_image *image);

/// The errors that libvips has reported since `cvips_clear_error`, on any thread. libvips has one text for the whole
/// process.
const char *cvips_error(void);
void cvips_clear_error(void);

#pragma clang assume_nonnull end

#endif
