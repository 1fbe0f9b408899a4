// libspng, and zlib, which it stands on.
#include <spng.h>
#include <zlib.h>
