// Only the headers: there is no `link` line in the module map, because the library is opened at run time.
#include <openvino/c/openvino.h>
