/*
 * What the addon asks of the kernel, without a C library (build.mjs says why).
 */
#ifndef BMCLOUD_KERNEL_H
#define BMCLOUD_KERNEL_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <asm/unistd.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/mman.h>
#include <linux/stat.h>
#include <stddef.h>
#include <stdint.h>

/* syscall(2). */
static inline long CallKernel6(long call, long a, long b, long c, long d, long e, long f) {
  long result;
  register long fourth __asm__("r10") = d;
  register long fifth __asm__("r8") = e;
  register long sixth __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(call), "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth), "r"(sixth)
                   : "rcx", "r11", "memory");
  return result;
}

static inline long CallKernel(long call, long a, long b, long c, long d, long e) {
  return CallKernel6(call, a, b, c, d, e, 0);
}

/* Zeros; NULL where there is no memory. */
static inline void *AllocatePages(size_t bytes) {
  long pages = CallKernel6(__NR_mmap, 0, (long)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return pages < 0 && pages > -4096 ? NULL : (void *)pages;
}

static inline void FreePages(void *pages, size_t bytes) {
  CallKernel(__NR_munmap, (long)pages, (long)bytes, 0, 0, 0);
}

/* Returns a descriptor, or what is wrong as a negative number. */
static inline long OpenDirectory(const char *path, int how) {
  return CallKernel(__NR_openat, AT_FDCWD, (long)path, how | O_DIRECTORY | O_CLOEXEC, 0, 0);
}

/*
 * A file, to be read: a link is not followed, a FIFO not waited for. When it was read last is not noted where the system lets us, which
 * is where the file is ours. Returns a descriptor, or what is wrong as a negative number.
 */
static inline long OpenFile(const char *path) {
  const int how = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  long descriptor = CallKernel(__NR_openat, AT_FDCWD, (long)path, how | O_NOATIME, 0, 0);
  return descriptor >= 0 ? descriptor : CallKernel(__NR_openat, AT_FDCWD, (long)path, how, 0, 0);
}

/* Has the kernel fetch the beginning of a file, and does not wait for it. */
static inline void Fetch(long descriptor, size_t bytes) {
  CallKernel(__NR_fadvise64, descriptor, 0, (long)bytes, POSIX_FADV_WILLNEED, 0);
}

/* read(2). */
static inline long Read(long descriptor, char *room, size_t bytes) {
  return CallKernel(__NR_read, descriptor, (long)room, (long)bytes, 0, 0);
}

static inline void Close(long descriptor) {
  if (descriptor >= 0) CallKernel(__NR_close, descriptor, 0, 0, 0, 0);
}

/* Links are not followed; no name is the directory itself. */
static inline long Stat(long directory, const char *name, struct statx *seen) {
  const long fields = STATX_BASIC_STATS | STATX_BTIME;
  return CallKernel(__NR_statx, directory, (long)name, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, fields, (long)seen);
}

/* getdents64(2). */
static inline long ReadEntries(long directory, void *entries, size_t room) {
  return CallKernel(__NR_getdents64, directory, (long)entries, (long)room, 0, 0);
}

/* flock(2): for one alone, without waiting. Returns 0, or what is wrong as a negative number. */
static inline long Lock(long descriptor) {
  const long aloneNow = 2 | 4; /* LOCK_EX | LOCK_NB, of which the kernel's headers tell nothing */
  return CallKernel(__NR_flock, descriptor, aloneNow, 0, 0, 0);
}

/* Waits as long as `word` has that value, and no longer than until it is woken. */
static inline void WaitWhile(const uint32_t *word, uint32_t value) {
  CallKernel(__NR_futex, (long)word, FUTEX_WAIT_PRIVATE, value, 0, 0);
}

static inline void WakeAll(const uint32_t *word) {
  CallKernel(__NR_futex, (long)word, FUTEX_WAKE_PRIVATE, INT32_MAX, 0, 0);
}

#endif
