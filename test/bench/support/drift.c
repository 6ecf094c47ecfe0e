/* Does one foreign deed and waits until it is undone, asking all the time: a line of words on stdin, nanoseconds on stdout.
 * `drift PID` works in the mount namespace of that process, `drift 0` stays where it is. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

static const long long limit_ns = 5000000000LL;

static long long now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int fail(const char *what) {
  perror(what);
  exit(1);
}

/* Whether a file of the kernel's says this. */
static int says(const char *path, const char *wanted) {
  char text[128];
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
  if (fd >= 0) close(fd);
  if (got < 0) fail(path);
  text[got] = 0;
  text[strcspn(text, "\n")] = 0;
  return strcmp(text, wanted) == 0;
}

static void put(const char *path, const char *value) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, value, strlen(value)) < 0) fail(path);
  close(fd);
}

static struct stat look(const char *path) {
  struct stat found;
  if (stat(path, &found) != 0) memset(&found, 0, sizeof found);
  return found;
}

static unsigned long flags_of(const char *path) {
  struct statvfs found;
  if (statvfs(path, &found) != 0) fail(path);
  return found.f_flag & (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC);
}

int main(int argc, char **argv) {
  char line[4096], *pid = argc > 1 ? argv[1] : "0";
  if (strcmp(pid, "0") != 0) {
    snprintf(line, sizeof line, "/proc/%s/ns/mnt", pid);
    int ns = open(line, O_RDONLY | O_CLOEXEC);
    if (ns < 0 || setns(ns, CLONE_NEWNS) != 0) fail(line);
  }
  while (fgets(line, sizeof line, stdin)) {
    char *deed = strtok(line, " \n"), *a = strtok(NULL, " \n"), *b = strtok(NULL, " \n"), *c = strtok(NULL, " \n");
    struct stat before = look(a);
    unsigned long flags = strcmp(deed, "remount") == 0 ? flags_of(a) : 0;
    /* The flags of a mount have the same values for mount(2) and statvfs(3). */
    int undone = 0;
    long long begun = now_ns();
    if (strcmp(deed, "write") == 0) put(a, b);
    else if (strcmp(deed, "unmount") == 0 ? umount2(a, MNT_DETACH) : 0) fail(a);
    else if (strcmp(deed, "remount") == 0 ? mount(NULL, a, NULL, MS_REMOUNT | MS_BIND | (flags ^ MS_RDONLY), NULL) : 0)
      fail(a);
    else if (strcmp(deed, "rename") == 0 && rename(a, b) != 0) fail(a);
    while (!undone && now_ns() - begun < limit_ns) {
      if (strcmp(deed, "write") == 0) undone = says(a, c);
      else if (strcmp(deed, "remount") == 0) undone = flags_of(a) == flags;
      else {
        struct stat found = look(strcmp(deed, "rename") == 0 ? c : a);
        undone = found.st_dev == before.st_dev && found.st_ino == before.st_ino;
      }
    }
    printf("%lld\n", undone ? now_ns() - begun : -1);
    fflush(stdout);
  }
  return 0;
}
