// Contains only the headers. The module map has no `link` line, because the library is opened at run time.
#include <openvino/c/openvino.h>
