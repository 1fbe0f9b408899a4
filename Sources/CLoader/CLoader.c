// Swift can use `dladdr` only on Apple's systems, because glibc declares it among its own extensions.
#define _GNU_SOURCE
#include "CLoader.h"

#include <dlfcn.h>
#include <stddef.h>

const char *cloader_path(const void *address) {
  Dl_info info;
  return dladdr(address, &info) == 0 ? NULL : info.dli_fname;
}
