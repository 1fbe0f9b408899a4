#ifndef ODDITY_CLOADER_H
#define ODDITY_CLOADER_H

/// The path of the library that contains an address, such as the address of one of its functions; NULL if the loader cannot
/// tell. The loader owns the text, which is valid as long as the library is open.
const char *cloader_path(const void *address);

#endif
