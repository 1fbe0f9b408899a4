#ifndef ODDITY_CLOADER_H
#define ODDITY_CLOADER_H

/// The path of the library that holds an address, such as that of one of its functions; NULL where the loader cannot tell. It
/// is the loader's, and valid as long as the library is open.
const char *cloader_path(const void *address);

#endif
