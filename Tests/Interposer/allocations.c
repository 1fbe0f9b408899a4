// Counts a program's own allocations, without those of its libraries, which depend on the processor. The tests build it as a
// shared library and load it into the program with LD_PRELOAD.
//
//   ALLOCATIONS_FILE   receives the number when the program ends
//   EXTRA_ALLOCATIONS  additional allocations for each decoded JPEG, to simulate the cost of a careless change
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static atomic_long count;
static uintptr_t program_start, program_end;
// Whether this thread makes allocations in the program's name.
static __thread int is_program;

// The first object is the program itself.
static int find_program(struct dl_phdr_info *object, size_t size, void *data) {
  (void)size, (void)data;
  program_start = object->dlpi_addr;
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
    uintptr_t end = object->dlpi_addr + segment->p_vaddr + segment->p_memsz;
    if (segment->p_type == PT_LOAD && end > program_end) program_end = end;
  }
  return 1;
}

__attribute__((constructor)) static void start(void) { dl_iterate_phdr(find_program, NULL); }

static void note(void *caller) {
  uintptr_t address = (uintptr_t)caller;
  if (is_program || (address >= program_start && address < program_end)) atomic_fetch_add(&count, 1);
}

#define NOTE note(__builtin_return_address(0))

void *malloc(size_t size) { return NOTE, __libc_malloc(size); }
void *calloc(size_t number, size_t size) { return NOTE, __libc_calloc(number, size); }
void *realloc(void *old, size_t size) { return NOTE, __libc_realloc(old, size); }
void *aligned_alloc(size_t to, size_t size) { return NOTE, __libc_memalign(to, size); }
void *memalign(size_t to, size_t size) { return NOTE, __libc_memalign(to, size); }
int posix_memalign(void **result, size_t to, size_t size) {
  NOTE;
  return (*result = __libc_memalign(to, size)) ? 0 : 12;
}

typedef int (*decompress)(void *, const unsigned char *, unsigned long, unsigned char *, int, int, int, int, int);

int tjDecompress2(void *handle, const unsigned char *bytes, unsigned long size, unsigned char *pixels, int width,
                  int pitch, int height, int format, int flags) {
  const char *extra = getenv("EXTRA_ALLOCATIONS");
  is_program = 1;
  for (int i = extra ? atoi(extra) : 0; i > 0; i--) {
    void *volatile wasted = malloc(16);
    free(wasted);
  }
  is_program = 0;
  decompress next = (decompress)dlsym(RTLD_NEXT, "tjDecompress2");
  return next(handle, bytes, size, pixels, width, pitch, height, format, flags);
}

static void report(void) {
  const char *path = getenv("ALLOCATIONS_FILE");
  FILE *file = path ? fopen(path, "w") : NULL;
  if (!file) return;
  fprintf(file, "%ld\n", atomic_load(&count));
  fclose(file);
}

/* The command ends this way, without destructors. */
void _exit(int status) {
  report();
  syscall(SYS_exit_group, status);
  __builtin_unreachable();
}
