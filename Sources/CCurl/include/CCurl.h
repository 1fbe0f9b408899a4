/// The part of libcurl that Oddity needs. It is opened on first use, because linking it would load its TLS library at every
/// start, even if nothing is sent.
#ifndef ODDITY_CCURL_H
#define ODDITY_CCURL_H

#include <stddef.h>

#pragma clang assume_nonnull begin

/// Opens libcurl once for the process. The other functions may be called only after this function has returned NULL.
/// @return NULL on success, otherwise the reason, which stays valid.
const char *_Nullable ccurl_load(void);

/// Posts JSON and waits for the response, whose body is ignored. Redirects are not followed.
///
/// @param url an http or https URL. Other protocols are refused.
/// @param status receives the status of the response.
/// @return 0, or a code for `ccurl_reason`.
int ccurl_post(const char *url, const void *json, size_t size, long milliseconds, long *status);

/// The meaning of a code. The text stays valid.
const char *ccurl_reason(int code);

#pragma clang assume_nonnull end

#endif
