#include "CCurl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

// Names and values of libcurl, from its public headers (curl/curl.h).
typedef struct ccurl_handle ccurl_handle;
typedef struct ccurl_list ccurl_list;
enum {
  GLOBAL_DEFAULT = 3,
  OPTION_POST_SIZE = 60,
  OPTION_NO_SIGNAL = 99,
  OPTION_TIMEOUT_MS = 155,
  OPTION_PROTOCOLS = 181,
  OPTION_URL = 10002,
  OPTION_POST_FIELDS = 10015,
  OPTION_USER_AGENT = 10018,
  OPTION_HEADERS = 10023,
  OPTION_WRITE_FUNCTION = 20011,
  INFO_STATUS = 0x200002,
  PROTOCOL_HTTP = 1,
  PROTOCOL_HTTPS = 2,
  FAILED_INIT = 2,
};

static struct {
  int (*global_init)(long);
  ccurl_handle *(*easy_init)(void);
  int (*easy_setopt)(ccurl_handle *, int, ...);
  int (*easy_perform)(ccurl_handle *);
  int (*easy_getinfo)(ccurl_handle *, int, ...);
  void (*easy_cleanup)(ccurl_handle *);
  const char *(*easy_strerror)(int);
  ccurl_list *(*slist_append)(ccurl_list *, const char *);
  void (*slist_free_all)(ccurl_list *);
} curl;

static const struct {
  const char *name;
  void *slot;
} symbols[] = {
    {"curl_global_init", &curl.global_init},     {"curl_easy_init", &curl.easy_init},
    {"curl_easy_setopt", &curl.easy_setopt},     {"curl_easy_perform", &curl.easy_perform},
    {"curl_easy_getinfo", &curl.easy_getinfo},   {"curl_easy_cleanup", &curl.easy_cleanup},
    {"curl_easy_strerror", &curl.easy_strerror}, {"curl_slist_append", &curl.slist_append},
    {"curl_slist_free_all", &curl.slist_free_all},
};

static const char *load_failure = NULL;

static void *open_library(void) {
  static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4", "libcurl.4.dylib"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    void *library = dlopen(names[i], RTLD_LAZY | RTLD_LOCAL);
    if (library) return library;
  }
  return NULL;
}

static void load(void) {
  void *library = open_library();
  load_failure = "libcurl is not installed; Debian's package is libcurl4";
  if (!library) return;
  for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
    void *address = dlsym(library, symbols[i].name);
    if (!address) return;
    memcpy(symbols[i].slot, &address, sizeof address);
  }
  load_failure = curl.global_init(GLOBAL_DEFAULT) == 0 ? NULL : "libcurl cannot be started";
}

const char *ccurl_load(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  return load_failure;
}

static size_t ignore(const char *bytes, size_t size, size_t count, void *context) {
  (void)bytes, (void)context;
  return size * count;
}

int ccurl_post(const char *url, const void *json, size_t size, long milliseconds, long *status) {
  ccurl_handle *handle = curl.easy_init();
  if (!handle) return FAILED_INIT;
  ccurl_list *headers = curl.slist_append(NULL, "Content-Type: application/json");
  curl.easy_setopt(handle, OPTION_URL, url);
  curl.easy_setopt(handle, OPTION_PROTOCOLS, (long)(PROTOCOL_HTTP | PROTOCOL_HTTPS));
  curl.easy_setopt(handle, OPTION_HEADERS, headers);
  curl.easy_setopt(handle, OPTION_USER_AGENT, "oddity");
  curl.easy_setopt(handle, OPTION_POST_SIZE, (long)size);
  curl.easy_setopt(handle, OPTION_POST_FIELDS, json);
  curl.easy_setopt(handle, OPTION_WRITE_FUNCTION, ignore);
  curl.easy_setopt(handle, OPTION_NO_SIGNAL, 1L);
  curl.easy_setopt(handle, OPTION_TIMEOUT_MS, milliseconds);
  int code = curl.easy_perform(handle);
  *status = 0;
  if (code == 0) code = curl.easy_getinfo(handle, INFO_STATUS, status);
  curl.easy_cleanup(handle);
  curl.slist_free_all(headers);
  return code;
}

const char *ccurl_reason(int code) { return curl.easy_strerror(code); }
