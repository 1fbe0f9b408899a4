// Makes one system call fail in a program, so that a test can try every call. Hardening/faults.py builds it as a shared
// library and loads it with LD_PRELOAD.
//
// Only calls on files under FAULT_FOLDER count, so that files which the loader and the libraries read are ignored.
//
//   FAULT_FOLDER  the folder (a real path, without a slash at its end)
//   FAULT_LEDGER  a file of `struct ledger` that shows, even after a kill, which calls were counted and where the fault occurred
//   FAULT_CALL    the kind of call that fails: a name of `kinds`
//   FAULT_AT      the number of the call, from 1
//   FAULT_ERRNO   the error; 0 runs an action instead of a failure (FAULT_ACTION)
//   FAULT_ACTION  "half" transfers only half of the bytes; "vanish" deletes the file first; "shrink" halves its size first
//   FAULT_STAYS   1: every later call of this kind on a file of the same part of the folder (in/ or not) fails too
//   FAULT_CLOCK   the k-th query of the wall clock and all later ones are this many seconds early (FAULT_AT is k)
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum kind { OPEN, READ, WRITE, FSYNC, RENAME, MMAP, FTRUNCATE, CLOSE, MALLOC, CLOCK, KINDS };
static const char *const kinds[KINDS] = {"open", "read", "write", "fsync", "rename", "mmap", "ftruncate", "close", "malloc", "clock"};

struct ledger {
  _Atomic uint64_t counts[KINDS];
  _Atomic uint64_t struck;
  char path[512];
};

static struct ledger nowhere;
static struct ledger *ledger = &nowhere;
static char folder[PATH_MAX];
static size_t folder_length;
static int kind = -1, code, stays, half, vanish, shrink;
static uint64_t place;
static time_t early;
static _Atomic int ready;

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static const char *setting(const char *name) {
  const char *value = getenv(name);
  return value ? value : "";
}

__attribute__((constructor)) static void start(void) {
  snprintf(folder, sizeof folder, "%s", setting("FAULT_FOLDER"));
  folder_length = strlen(folder);
  for (int i = 0; i < KINDS; i++)
    if (strcmp(kinds[i], setting("FAULT_CALL")) == 0) kind = i;
  place = strtoull(setting("FAULT_AT"), NULL, 10);
  code = atoi(setting("FAULT_ERRNO"));
  stays = atoi(setting("FAULT_STAYS"));
  early = atoll(setting("FAULT_CLOCK"));
  half = strcmp(setting("FAULT_ACTION"), "half") == 0;
  vanish = strcmp(setting("FAULT_ACTION"), "vanish") == 0;
  shrink = strcmp(setting("FAULT_ACTION"), "shrink") == 0;
  int file = (int)syscall(SYS_openat, AT_FDCWD, setting("FAULT_LEDGER"), O_RDWR | O_CLOEXEC);
  if (file >= 0) {
    void *memory = (void *)syscall(SYS_mmap, NULL, sizeof nowhere, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (memory != MAP_FAILED) ledger = memory;
    syscall(SYS_close, file);
  }
  atomic_store(&ready, folder_length > 0);
}

static int is_ours(const char *path) {
  return strncmp(path, folder, folder_length) == 0 && (path[folder_length] == '/' || path[folder_length] == 0);
}

// The path of an open file, if the file counts.
static int finds(int file, char *path) {
  if (!atomic_load(&ready) || file < 0) return 0;
  char link[40];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return is_ours(path);
}

// The path for a name, if it counts. The file need not exist.
static int resolves(int base, const char *name, char *path) {
  if (!atomic_load(&ready) || !name) return 0;
  size_t length = 0;
  if (name[0] != '/') {
    if (base == AT_FDCWD) {
      if (syscall(SYS_getcwd, path, PATH_MAX) < 0) return 0;
    } else {
      char link[40];
      snprintf(link, sizeof link, "/proc/self/fd/%d", base);
      ssize_t size = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
      if (size < 0) return 0;
      path[size] = 0;
    }
    length = strlen(path);
    path[length++] = '/';
  }
  snprintf(path + length, PATH_MAX - length, "%s", name);
  return is_ours(path);
}

// Whether the path is in "in/".
static int is_input(const char *path) { return strncmp(path + folder_length, "/in", 3) == 0; }

// Counts a call, and returns whether it must fail or be changed.
static int strikes(enum kind which, const char *path) {
  uint64_t number = atomic_fetch_add(&ledger->counts[which], 1) + 1;
  if ((int)which != kind || place == 0) return 0;
  // Only input files may change unexpectedly.
  if ((vanish || shrink) && !is_input(path)) return 0;
  if (number != place && !(stays && number > place && is_input(path) == is_input(ledger->path))) return 0;
  if (atomic_fetch_add(&ledger->struck, 1) == 0) snprintf(ledger->path, sizeof ledger->path, "%s", path);
  if (vanish) syscall(SYS_unlinkat, AT_FDCWD, path, 0);
  if (shrink) {
    struct stat status;
    if (stat(path, &status) == 0) syscall(SYS_truncate, path, status.st_size / 2);
  }
  if (code) errno = code;
  return !vanish && !shrink;
}

static int strikes_file(enum kind which, int file) {
  char path[PATH_MAX];
  int before = errno;
  if (!finds(file, path)) return errno = before, 0;
  errno = before;
  return strikes(which, path);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define ONCE(name) static __typeof__(&name) next; if (!next) next = NEXT(name)

#define OPENS(name) \
  int name(const char *file, int flags, ...) { \
    char path[PATH_MAX]; \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(rest, mode_t) : 0; \
    va_end(rest); \
    if (resolves(AT_FDCWD, file, path) && strikes(OPEN, path)) return -1; \
    return (int)syscall(SYS_openat, AT_FDCWD, file, flags, mode); \
  }
OPENS(open)
OPENS(open64)
OPENS(__open_2)
OPENS(__open64_2)

#define OPENS_AT(name) \
  int name(int base, const char *file, int flags, ...) { \
    char path[PATH_MAX]; \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(rest, mode_t) : 0; \
    va_end(rest); \
    if (resolves(base, file, path) && strikes(OPEN, path)) return -1; \
    return (int)syscall(SYS_openat, base, file, flags, mode); \
  }
OPENS_AT(openat)
OPENS_AT(openat64)

#define OPENS_STREAM(name) \
  FILE *name(const char *file, const char *mode) { \
    char path[PATH_MAX]; \
    ONCE(name); \
    if (resolves(AT_FDCWD, file, path) && strikes(OPEN, path)) return NULL; \
    return next(file, mode); \
  }
OPENS_STREAM(fopen)
OPENS_STREAM(fopen64)

DIR *opendir(const char *name) {
  char path[PATH_MAX];
  ONCE(opendir);
  if (resolves(AT_FDCWD, name, path) && strikes(OPEN, path)) return NULL;
  return next(name);
}
// Folders are read too. Their end is not a failure, so only errno shows an error.
#define LISTS(name, entry) \
  struct entry *name(DIR *list) { \
    ONCE(name); \
    if (strikes_file(READ, dirfd(list)) && code) return NULL; \
    return next(list); \
  }
LISTS(readdir, dirent)
LISTS(readdir64, dirent64)

#define MAKES(name) \
  int name(char *file) { \
    char path[PATH_MAX]; \
    ONCE(name); \
    if (resolves(AT_FDCWD, file, path) && strikes(OPEN, path)) return -1; \
    return next(file); \
  }
MAKES(mkstemp)
MAKES(mkstemp64)

// With half, the first call transfers half of the bytes, as on a disk that becomes full. Later calls work normally.
#define SIZE(count) (half && (count) > 1 ? (count) / 2 : (count))
#define MOVES(which, file, count) \
  if (strikes_file(which, file)) { \
    if (code) return -1; \
    count = SIZE(count); \
  }

ssize_t read(int file, void *bytes, size_t count) {
  MOVES(READ, file, count)
  return syscall(SYS_read, file, bytes, count);
}
ssize_t pread(int file, void *bytes, size_t count, off_t at) {
  MOVES(READ, file, count)
  return syscall(SYS_pread64, file, bytes, count, at);
}
ssize_t pread64(int file, void *bytes, size_t count, off64_t at) {
  MOVES(READ, file, count)
  return syscall(SYS_pread64, file, bytes, count, at);
}
ssize_t __read_chk(int file, void *bytes, size_t count, size_t room) {
  (void)room;
  return read(file, bytes, count);
}
ssize_t readv(int file, const struct iovec *parts, int count) {
  if (strikes_file(READ, file) && code) return -1;
  return syscall(SYS_readv, file, parts, count);
}
ssize_t write(int file, const void *bytes, size_t count) {
  MOVES(WRITE, file, count)
  return syscall(SYS_write, file, bytes, count);
}
ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) {
  MOVES(WRITE, file, count)
  return syscall(SYS_pwrite64, file, bytes, count, at);
}
ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
  MOVES(WRITE, file, count)
  return syscall(SYS_pwrite64, file, bytes, count, at);
}
ssize_t writev(int file, const struct iovec *parts, int count) {
  if (strikes_file(WRITE, file) && code) return -1;
  return syscall(SYS_writev, file, parts, count);
}

int fsync(int file) { return strikes_file(FSYNC, file) && code ? -1 : (int)syscall(SYS_fsync, file); }
int fdatasync(int file) { return strikes_file(FSYNC, file) && code ? -1 : (int)syscall(SYS_fdatasync, file); }
int ftruncate(int file, off_t size) {
  return strikes_file(FTRUNCATE, file) && code ? -1 : (int)syscall(SYS_ftruncate, file, size);
}
int ftruncate64(int file, off64_t size) {
  return strikes_file(FTRUNCATE, file) && code ? -1 : (int)syscall(SYS_ftruncate, file, size);
}
// On Linux, the file is closed even if close returns an error.
int close(int file) {
  int fails = strikes_file(CLOSE, file) && code, error = errno;
  int result = (int)syscall(SYS_close, file);
  return fails ? (errno = error, -1) : result;
}

int renameat2(int old_base, const char *old, int new_base, const char *new, unsigned flags) {
  char path[PATH_MAX];
  if (resolves(new_base, new, path) && strikes(RENAME, path) && code) return -1;
  return (int)syscall(SYS_renameat2, old_base, old, new_base, new, flags);
}
int renameat(int old_base, const char *old, int new_base, const char *new) {
  return renameat2(old_base, old, new_base, new, 0);
}
int rename(const char *old, const char *new) { return renameat2(AT_FDCWD, old, AT_FDCWD, new, 0); }

void *mmap(void *at, size_t size, int protection, int flags, int file, off_t offset) {
  if (!(flags & MAP_ANONYMOUS) && strikes_file(MMAP, file) && code) return MAP_FAILED;
  return (void *)syscall(SYS_mmap, at, size, protection, flags, file, offset);
}
void *mmap64(void *at, size_t size, int protection, int flags, int file, off64_t offset) {
  return mmap(at, size, protection, flags, file, offset);
}

static int starves(void) {
  if (!atomic_load(&ready)) return 0;
  uint64_t number = atomic_fetch_add(&ledger->counts[MALLOC], 1) + 1;
  if (kind != MALLOC || number != place) return 0;
  atomic_fetch_add(&ledger->struck, 1);
  return 1;
}
void *malloc(size_t size) { return starves() ? (errno = ENOMEM, NULL) : __libc_malloc(size); }
void *calloc(size_t number, size_t size) { return starves() ? (errno = ENOMEM, NULL) : __libc_calloc(number, size); }
void *realloc(void *old, size_t size) { return starves() ? (errno = ENOMEM, NULL) : __libc_realloc(old, size); }
void *aligned_alloc(size_t to, size_t size) { return starves() ? (errno = ENOMEM, NULL) : __libc_memalign(to, size); }
void *memalign(size_t to, size_t size) { return starves() ? (errno = ENOMEM, NULL) : __libc_memalign(to, size); }
int posix_memalign(void **result, size_t to, size_t size) {
  if (starves()) return ENOMEM;
  return (*result = __libc_memalign(to, size)) ? 0 : ENOMEM;
}

// The wall clock may be set back. The monotonic clock never is.
static time_t setback(void) {
  if (!atomic_load(&ready)) return 0;
  uint64_t number = atomic_fetch_add(&ledger->counts[CLOCK], 1) + 1;
  if (kind != CLOCK || number < place) return 0;
  atomic_fetch_add(&ledger->struck, 1);
  return early;
}
int clock_gettime(clockid_t clock, struct timespec *now) {
  int result = (int)syscall(SYS_clock_gettime, clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec -= setback();
  return result;
}
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  (void)zone;
  struct timespec time;
  if (clock_gettime(CLOCK_REALTIME, &time) != 0) return -1;
  *now = (struct timeval){time.tv_sec, time.tv_nsec / 1000};
  return 0;
}
time_t time(time_t *result) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (result) *result = now.tv_sec;
  return now.tv_sec;
}
