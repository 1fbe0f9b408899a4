/// The part of libcurl that Oddity needs, opened at run time on first use: linking it would load its TLS library at every start,
/// also where nothing is sent.
#ifndef ODDITY_CCURL_H
#define ODDITY_CCURL_H

#include <stddef.h>

#pragma clang assume_nonnull begin

/// Opens libcurl once for the process. The other functions may be called only after this returned NULL.
/// @return NULL when ready, otherwise what is wrong (valid for ever).
const char *_Nullable ccurl_load(void);

/// Posts JSON and waits for the answer, whose body is ignored. Redirections are not followed.
///
/// @param url of http or https; no other protocol is spoken.
/// @param status receives the answer's status.
/// @return 0, or a code for `ccurl_reason`.
int ccurl_post(const char *url, const void *json, size_t size, long milliseconds, long *status);

/// What a code means (valid for ever).
const char *ccurl_reason(int code);

#pragma clang assume_nonnull end

#endif
