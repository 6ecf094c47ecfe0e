/*
 * A FUSE file system that answers, and from SIGUSR1 on never again: what a dead server of a network file system is to who
 * asks. It holds one file, `file`. Its connection, and with it everything that waits, ends with this program.
 *
 *   silent-fuse MOUNTPOINT
 *
 * Says `mounted` once it is; ends at the end of its standard input.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { ROOT = FUSE_ROOT_ID, THE_FILE = 2 };
static const char content[] = "answered";
static volatile sig_atomic_t is_silent;

static void fall_silent(int signal) { (void)signal; is_silent = 1; }

static void fill(struct fuse_attr *attr, uint64_t node) {
  memset(attr, 0, sizeof *attr);
  attr->ino = node;
  attr->nlink = 1;
  attr->mode = node == ROOT ? S_IFDIR | 0755 : S_IFREG | 0644;
  attr->size = node == ROOT ? 0 : sizeof content - 1;
}

static void reply(int fuse, uint64_t unique, int error, const void *body, size_t length) {
  struct fuse_out_header header = {.len = sizeof header + (error ? 0 : length), .error = -error, .unique = unique};
  struct iovec parts[] = {{&header, sizeof header}, {(void *)body, error ? 0 : length}};
  if (writev(fuse, parts, 2) < 0 && errno != ENOENT) perror("silent-fuse: writev");
}

static void answer(int fuse, const struct fuse_in_header *in, const void *body) {
  switch (in->opcode) {
  case FUSE_INIT: {
    const struct fuse_init_in *asked = body;
    struct fuse_init_out out = {.major = FUSE_KERNEL_VERSION, .minor = asked->minor, .max_write = 4096, .max_background = 16};
    return reply(fuse, in->unique, 0, &out, sizeof out);
  }
  case FUSE_GETATTR: {
    struct fuse_attr_out out = {0};
    fill(&out.attr, in->nodeid);
    return reply(fuse, in->unique, 0, &out, sizeof out);
  }
  case FUSE_LOOKUP: {
    struct fuse_entry_out out = {.nodeid = THE_FILE};
    fill(&out.attr, THE_FILE);
    return reply(fuse, in->unique, strcmp(body, "file") == 0 ? 0 : ENOENT, &out, sizeof out);
  }
  case FUSE_OPEN:
  case FUSE_OPENDIR: {
    struct fuse_open_out out = {0};
    return reply(fuse, in->unique, 0, &out, sizeof out);
  }
  case FUSE_READ: {
    const struct fuse_read_in *asked = body;
    size_t from = asked->offset < sizeof content - 1 ? asked->offset : sizeof content - 1;
    return reply(fuse, in->unique, 0, content + from, sizeof content - 1 - from);
  }
  case FUSE_READDIR:
  case FUSE_RELEASE:
  case FUSE_RELEASEDIR:
  case FUSE_FLUSH:
    return reply(fuse, in->unique, 0, NULL, 0);
  case FUSE_FORGET:
  case FUSE_BATCH_FORGET:
  case FUSE_INTERRUPT:
    return;
  default:
    return reply(fuse, in->unique, ENOSYS, NULL, 0);
  }
}

int main(int argc, char **argv) {
  static char buffer[1 << 17];
  char options[128];
  int fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
  if (argc != 2 || fuse < 0) return perror("silent-fuse: /dev/fuse"), 1;
  struct sigaction silent = {.sa_handler = fall_silent};
  sigaction(SIGUSR1, &silent, NULL);
  snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", fuse);
  if (mount("silent", argv[1], "fuse", MS_NOSUID | MS_NODEV, options) != 0) return perror("silent-fuse: mount"), 1;
  puts("mounted");
  fflush(stdout);
  struct pollfd waited[] = {{fuse, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
  for (;;) {
    if (poll(waited, 2, -1) < 0 && errno != EINTR) return perror("silent-fuse: poll"), 1;
    if (waited[1].revents) return 0;
    if (!(waited[0].revents & POLLIN)) continue;
    ssize_t length = read(fuse, buffer, sizeof buffer);
    if (length < 0 && errno == ENODEV) return 0;
    /* Taken and not answered: not even a SIGKILL ends who waits for this. */
    if (length > 0 && !is_silent) answer(fuse, (void *)buffer, buffer + sizeof(struct fuse_in_header));
    waited[0].revents = 0;
  }
}
