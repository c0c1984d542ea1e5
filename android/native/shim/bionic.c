/* Lets the library for Android run on Linux, in tests: what bionic has and glibc has not, or has otherwise.
 *
 * It stands there under the names of bionic's libraries. The library under test is linked once more for
 * it, with each name that is wrapped below (ld's --wrap) sent here: glibc's own callers notice nothing.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Names that glibc has not. */

int *__errno(void) { return __errno_location(); }

int __android_log_write(int priority, const char *tag, const char *text) {
  return fprintf(stderr, "logcat %d %s: %s\n", priority, tag, text);
}

int __android_log_buf_write(int buffer, int priority, const char *tag, const char *text) {
  (void)buffer;
  return __android_log_write(priority, tag, text);
}

/* POSIX's, where glibc has GNU's of the same name. */
int __xpg_strerror_r(int error, char *text, size_t size);
int __wrap_strerror_r(int error, char *text, size_t size) { return __xpg_strerror_r(error, text, size); }

/* Other numbers. */
long __wrap_sysconf(int name) {
  switch (name) {
    case 0x27:
    case 0x28: return sysconf(_SC_PAGESIZE);
    case 0x60: return sysconf(_SC_NPROCESSORS_CONF);
    case 0x61: return sysconf(_SC_NPROCESSORS_ONLN);
  }
  fprintf(stderr, "the stand-in for bionic knows no sysconf(%#x)\n", name);
  abort();
}

/* Looking up names: errors have other numbers, and an answer has two fields in the other order. */

static const int errors[] = {0, EAI_ADDRFAMILY, EAI_AGAIN, EAI_BADFLAGS, EAI_FAIL, EAI_FAMILY,
  EAI_MEMORY, EAI_NODATA, EAI_NONAME, EAI_SERVICE, EAI_SOCKTYPE, EAI_SYSTEM};
enum { ERRORS = sizeof errors / sizeof *errors };

static void swap_fields(struct addrinfo *answer) {
  for (; answer; answer = answer->ai_next) {
    void *address = answer->ai_addr;
    answer->ai_addr = (struct sockaddr *)answer->ai_canonname;
    answer->ai_canonname = address;
  }
}

int __wrap_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **answer) {
  int error = getaddrinfo(node, service, hints, answer), number = 0;
  if (error == 0) swap_fields(*answer);
  while (number < ERRORS && errors[number] != error) number++;
  return number;
}

void __wrap_freeaddrinfo(struct addrinfo *answer) {
  swap_fields(answer);
  freeaddrinfo(answer);
}

const char *__wrap_gai_strerror(int number) {
  return gai_strerror(number >= 0 && number < ERRORS ? errors[number] : EAI_FAIL);
}

/* Threads: bionic's types are smaller, so that they hold a pointer to glibc's, or a lock of our own. */

int __wrap_pthread_attr_init(pthread_attr_t **attributes) {
  *attributes = malloc(sizeof **attributes);
  return *attributes ? pthread_attr_init(*attributes) : ENOMEM;
}

int __wrap_pthread_attr_destroy(pthread_attr_t **attributes) {
  int error = pthread_attr_destroy(*attributes);
  free(*attributes);
  return error;
}

int __wrap_pthread_attr_setstacksize(pthread_attr_t **attributes, size_t size) {
  return pthread_attr_setstacksize(*attributes, size);
}

int __wrap_pthread_create(pthread_t *thread, pthread_attr_t *const *attributes, void *(*start)(void *), void *argument) {
  return pthread_create(thread, attributes ? *attributes : NULL, start, argument);
}

int __wrap_pthread_mutex_lock(int *mutex) {
  while (__atomic_exchange_n(mutex, 1, __ATOMIC_ACQUIRE)) sched_yield();
  return 0;
}

int __wrap_pthread_mutex_unlock(int *mutex) {
  __atomic_store_n(mutex, 0, __ATOMIC_RELEASE);
  return 0;
}

/* Files: on 32-bit processors these are the 64-bit ones. */
int __wrap_stat(const char *path, struct stat64 *status) { return stat64(path, status); }
int __wrap_lstat(const char *path, struct stat64 *status) { return lstat64(path, status); }
int __wrap_fstat(int file, struct stat64 *status) { return fstat64(file, status); }
struct dirent64 *__wrap_readdir(DIR *directory) { return readdir64(directory); }
