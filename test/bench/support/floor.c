/*
 * The kernel's own price of a container's start: cgroups with limits, namespaces, an overlay, /proc, /dev, /sys, a new root
 * and exec of /stamp, and nothing else. No check, no record, no log, nobody who watches. Prints nanoseconds from the first
 * call until the payload runs, a line a round. What it made is gone after each round.
 *
 *   floor ROUNDS ROOTFS WORK CGROUP CONTROLLER...
 *
 * With FLOOR_BRIDGE in the environment it gets an interface on this bridge too, as veth.h says.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *rootfs, *work, *cgroup, *bridge;
static char **controllers;

static void check(int failed, const char *what) {
  if (!failed) return;
  fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
  _exit(1);
}

static void put(const char *path, const char *value) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  check(fd < 0 || write(fd, value, strlen(value)) < 0, path);
  close(fd);
}

#include "veth.h"

static const char *path_of(const char *controller, const char *name) {
  static char path[512];
  snprintf(path, sizeof path, "%s/%s/%s", controller, cgroup, name);
  return path;
}

/* The last part of a hierarchy's mount point names its controllers. */
static int has(const char *controller, const char *name) {
  return strstr(strrchr(controller, '/'), name) != NULL;
}

static void make_cgroups(void) {
  for (char **each = controllers; *each; each++) {
    check(mkdir(path_of(*each, ""), 0755) && errno != EEXIST, *each);
    if (has(*each, "cpuset")) put(path_of(*each, "cpuset.cpus"), "0"), put(path_of(*each, "cpuset.mems"), "0");
    if (has(*each, "memory")) put(path_of(*each, "memory.limit_in_bytes"), "67108864");
    if (has(*each, "pids")) put(path_of(*each, "pids.max"), "100");
    if (has(*each, "cpu") && !has(*each, "cpuset") && !has(*each, "cpuacct")) put(path_of(*each, "cpu.shares"), "512");
  }
}

static void make_dev(void) {
  static const struct { const char *name; int minor; } nodes[] = {
    {"dev/null", 3}, {"dev/zero", 5}, {"dev/full", 7}, {"dev/random", 8}, {"dev/urandom", 9},
  };
  check(mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"), "dev");
  for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
    check(mknod(nodes[i].name, S_IFCHR | 0666, makedev(1, nodes[i].minor)), nodes[i].name);
  check(mknod("dev/tty", S_IFCHR | 0666, makedev(5, 0)), "dev/tty");
  check(mkdir("dev/pts", 0755) || mkdir("dev/shm", 01777) || mkdir("dev/mqueue", 0755), "dev");
  check(symlink("pts/ptmx", "dev/ptmx") || symlink("/proc/self/fd", "dev/fd"), "dev");
  unsigned long inert = MS_NOSUID | MS_NOEXEC;
  check(mount("devpts", "dev/pts", "devpts", inert, "newinstance,ptmxmode=0666,mode=0620,gid=5"), "dev/pts");
  check(mount("shm", "dev/shm", "tmpfs", inert | MS_NODEV, "mode=1777,size=65536k"), "dev/shm");
  check(mount("mqueue", "dev/mqueue", "mqueue", inert | MS_NODEV, NULL), "dev/mqueue");
}

static void loopback_up(void) {
  struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  check(fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request), "lo");
  close(fd);
}

static void become_container(int output, int connected) {
  char options[1024], merged[512];
  for (char **each = controllers; *each; each++) put(path_of(*each, "tasks"), "0");
  check(unshare(CLONE_NEWCGROUP), "unshare");
  check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
  snprintf(options, sizeof options, "lowerdir=%s,upperdir=%s/upper,workdir=%s/work", rootfs, work, work);
  snprintf(merged, sizeof merged, "%s/merged", work);
  check(mount("overlay", merged, "overlay", 0, options) || chdir(merged), "overlay");
  unsigned long inert = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  check(mount("proc", "proc", "proc", inert, NULL), "proc");
  make_dev();
  check(mount("sysfs", "sys", "sysfs", inert | MS_RDONLY, NULL), "sys");
  check(syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH) || chdir("/"), "pivot_root");
  check(sethostname("floor", 5), "sethostname");
  loopback_up();
  char done;
  if (bridge) check(read(connected, &done, 1) != 1, "the pair"), configure();
  check(dup2(output, 1) != 1, "dup2");
  char *arguments[] = {"/stamp", NULL}, *environment[] = {"PATH=/", NULL};
  execve(arguments[0], arguments, environment);
  check(1, "/stamp");
}

static long long nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static const char *const directories[] = {"upper", "work", "merged"};

static void in_work(void (*act)(const char *path)) {
  char path[512];
  for (size_t i = 0; i < 3; i++) snprintf(path, sizeof path, "%s/%s", work, directories[i]), act(path);
}

static void make(const char *path) { check(mkdir(path, 0755), path); }

static void unmake(const char *path) {
  char inner[600];
  snprintf(inner, sizeof inner, "%s/work", path);
  rmdir(inner);
  check(rmdir(path), path);
}

static void round_of_one(void) {
  int out[2], connected[2], status;
  char text[64] = "";
  long long begun = nanoseconds();
  in_work(make);
  make_cgroups();
  check(pipe2(out, O_CLOEXEC) || pipe2(connected, O_CLOEXEC), "pipe2");
  unsigned long namespaces = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET;
  struct clone_args args = {.flags = namespaces, .exit_signal = SIGCHLD};
  pid_t pid = syscall(SYS_clone3, &args, sizeof args);
  check(pid < 0, "clone3");
  if (pid == 0) close(connected[1]), become_container(out[1], connected[0]);
  if (bridge) {
    int fd = netlink();
    char near[IFNAMSIZ];
    /* The one of the round before goes with its namespace, some time later. */
    snprintf(near, sizeof near, "floor%d", pid);
    make_pair(fd, pid, near, bridge);
    check(write(connected[1], "", 1) != 1, "write");
    close(fd);
  }
  close(out[1]), close(connected[0]), close(connected[1]);
  check(read(out[0], text, sizeof text - 1) <= 0, "the payload says nothing");
  close(out[0]);
  check(waitpid(pid, &status, 0) != pid || status != 0, "the payload failed");
  printf("%lld\n", atoll(text) - begun);
  for (char **each = controllers; *each; each++) check(rmdir(path_of(*each, "")) && errno != ENOENT, *each);
  in_work(unmake);
}

int main(int count, char **arguments) {
  if (count < 6) return 2;
  rootfs = arguments[2], work = arguments[3], cgroup = arguments[4], controllers = arguments + 5;
  bridge = getenv("FLOOR_BRIDGE");
  for (int rounds = atoi(arguments[1]); rounds > 0; rounds--) round_of_one();
  return 0;
}
