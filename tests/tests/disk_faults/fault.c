/* Has one call that the process makes in one folder fail, as the environment says:
 *
 *   FAULT_FOLDER  the folder
 *   FAULT_CALL    open, write, ftruncate, fsync, fsync-folder, rename, unlink, chmod,
 *                 or thread, in any folder
 *   FAULT_NUMBER  which one of its kind, from 1
 *   FAULT_ERRNO   what it says
 *   FAULT_DONE    what it has done all the same: nothing, half (of a write) or all
 *   FAULT_LASTS   1 when all later ones of its kind fail too
 *   FAULT_FIRED   a file to create when it comes to pass
 *
 * Without an errno the call claims to have worked.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum verdict { WORKS, FAILS };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int count;

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

static const char *setting(const char *name) {
  const char *value = getenv(name);
  return value ? value : "";
}

static int is_below(const char *path) {
  const char *folder = setting("FAULT_FOLDER");
  size_t length = strlen(folder);
  return length > 0 && strncmp(path, folder, length) == 0 &&
         (path[length] == '/' || path[length] == 0);
}

static int is_folder(const char *path) {
  return strcmp(path, setting("FAULT_FOLDER")) == 0;
}

static int done(const char *what) { return strcmp(setting("FAULT_DONE"), what) == 0; }

static enum verdict judge(const char *call, const char *path) {
  if (strcmp(call, setting("FAULT_CALL")) != 0 || !is_below(path)) return WORKS;
  pthread_mutex_lock(&lock);
  int number = ++count;
  pthread_mutex_unlock(&lock);
  int wanted = atoi(setting("FAULT_NUMBER"));
  int lasts = atoi(setting("FAULT_LASTS"));
  if (number < wanted || (number > wanted && !lasts)) return WORKS;
  int (*real_open)(const char *, int, ...) = next("open");
  int fired = real_open(setting("FAULT_FIRED"), O_WRONLY | O_CREAT, 0600);
  if (fired >= 0) close(fired);
  return FAILS;
}

static enum verdict judge_file(const char *call, int file, char *path, size_t size) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, size - 1);
  path[length < 0 ? 0 : length] = 0;
  return judge(call, path);
}

static int failed(void) {
  errno = atoi(setting("FAULT_ERRNO"));
  return errno == 0 ? 0 : -1;
}

#define OPEN(name)                                                    \
  int name(const char *path, int flags, ...) {                        \
    mode_t mode = 0;                                                  \
    if (flags & (O_CREAT | O_TMPFILE)) {                              \
      va_list rest;                                                   \
      va_start(rest, flags);                                          \
      mode = va_arg(rest, mode_t);                                    \
      va_end(rest);                                                   \
    }                                                                 \
    int (*real)(const char *, int, ...) = next(#name);                \
    if (judge("open", path) == WORKS) return real(path, flags, mode); \
    if (done("all")) {                                                \
      int file = real(path, flags, mode);                             \
      if (file >= 0) close(file);                                     \
    }                                                                 \
    return failed();                                                  \
  }

OPEN(open)
OPEN(open64)

ssize_t write(int file, const void *bytes, size_t size) {
  char path[4096];
  ssize_t (*real)(int, const void *, size_t) = next("write");
  if (judge_file("write", file, path, sizeof path) == WORKS) return real(file, bytes, size);
  if (done("all")) (void)!real(file, bytes, size);
  if (done("half")) (void)!real(file, bytes, size / 2);
  return failed();
}

#define TRUNCATE(name, offset)                                                                   \
  int name(int file, offset size) {                                                              \
    char path[4096];                                                                             \
    int (*real)(int, offset) = next(#name);                                                      \
    if (judge_file("ftruncate", file, path, sizeof path) == WORKS) return real(file, size);      \
    if (done("all")) real(file, size);                                                           \
    return failed();                                                                             \
  }

TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

int fsync(int file) {
  char path[4096];
  int (*real)(int) = next("fsync");
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  path[length < 0 ? 0 : length] = 0;
  if (judge(is_folder(path) ? "fsync-folder" : "fsync", path) == WORKS) return real(file);
  if (done("all")) real(file);
  return failed();
}

int rename(const char *from, const char *to) {
  int (*real)(const char *, const char *) = next("rename");
  if (judge("rename", to) == WORKS) return real(from, to);
  if (done("all")) real(from, to);
  return failed();
}

int unlink(const char *path) {
  int (*real)(const char *) = next("unlink");
  if (judge("unlink", path) == WORKS) return real(path);
  if (done("all")) real(path);
  return failed();
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                   void *argument) {
  int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) =
      next("pthread_create");
  if (judge("thread", setting("FAULT_FOLDER")) == WORKS)
    return real(thread, attributes, start, argument);
  return atoi(setting("FAULT_ERRNO"));
}

int chmod(const char *path, mode_t mode) {
  int (*real)(const char *, mode_t) = next("chmod");
  if (judge("chmod", path) == WORKS) return real(path, mode);
  return failed();
}
