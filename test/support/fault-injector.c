/*
 * Runs a command and counts the system calls by which it changes something: files, mounts, cgroups, processes. Before call
 * NUMBER it kills the command, or lets that one call fail. It looks at system calls (ptrace), so it sees those that don't go
 * through libc; all threads of the command count as one. Processes that the command starts are left alone and survive it.
 *
 *   fault-injector LOG SCOPE FAULT NUMBER PREFIX... -- COMMAND...
 *
 * SCOPE: `changes`, or `reads` for opening and reading as well. FAULT: `kill`, or the number of an error. NUMBER: from 1; 0 is
 * never. A call on a path counts when the path begins with a PREFIX. LOG gets a line a counted call: name, tab, path.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ptrace.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where a call's target is among its arguments; -1: nowhere. A directory of CWD means the working directory. */
enum { NONE = -1, CWD = -2, MOST_CALLS = 1024, PATH_BYTES = 4096 };

struct call {
  const char *name;
  signed char directory, path;              /* the path, relative to that descriptor */
  signed char other_directory, other_path;  /* of a call on two paths */
  signed char descriptor;
  bool is_read, is_everywhere;              /* everywhere: counts whatever its target */
};

#define AT(call, d, p) [SYS_##call] = {#call, d, p, NONE, NONE, NONE, false, false}
#define AT_TWO(call, d, p, d2, p2) [SYS_##call] = {#call, d, p, d2, p2, NONE, false, false}
#define FD(call, f) [SYS_##call] = {#call, NONE, NONE, NONE, NONE, f, false, false}
#define READ(call, f) [SYS_##call] = {#call, NONE, NONE, NONE, NONE, f, true, false}
#define EVERYWHERE(call) [SYS_##call] = {#call, NONE, NONE, NONE, NONE, NONE, false, true}

static const struct call calls[MOST_CALLS] = {
  AT(openat, 0, 1), AT(openat2, 0, 1), AT(mkdirat, 0, 1), AT(mknodat, 0, 1), AT(unlinkat, 0, 1), AT(fchmodat, 0, 1),
  AT(fchownat, 0, 1), AT(utimensat, 0, 1), AT(symlinkat, 1, 2), AT(truncate, CWD, 0), AT(setxattr, CWD, 0),
  AT(lsetxattr, CWD, 0), AT(removexattr, CWD, 0), AT(lremovexattr, CWD, 0),
  AT_TWO(renameat2, 0, 1, 2, 3), AT_TWO(linkat, 0, 1, 2, 3),
#ifdef SYS_renameat
  AT_TWO(renameat, 0, 1, 2, 3),
#endif
#ifdef SYS_open
  AT(open, CWD, 0), AT(creat, CWD, 0), AT(mkdir, CWD, 0), AT(rmdir, CWD, 0), AT(unlink, CWD, 0), AT(symlink, CWD, 1),
  AT(chmod, CWD, 0), AT(chown, CWD, 0), AT(lchown, CWD, 0), AT(mknod, CWD, 0), AT(utime, CWD, 0), AT(utimes, CWD, 0),
  AT(futimesat, 0, 1), AT_TWO(rename, CWD, 0, CWD, 1), AT_TWO(link, CWD, 0, CWD, 1),
  EVERYWHERE(fork), EVERYWHERE(vfork),
#endif
  FD(write, 0), FD(pwrite64, 0), FD(writev, 0), FD(pwritev, 0), FD(pwritev2, 0), FD(ftruncate, 0), FD(fallocate, 0),
  FD(fchmod, 0), FD(fchown, 0), FD(fsync, 0), FD(fdatasync, 0), FD(syncfs, 0), FD(fsetxattr, 0), FD(fremovexattr, 0),
  FD(copy_file_range, 2), FD(sendfile, 0), FD(splice, 2),
  READ(read, 0), READ(pread64, 0), READ(getdents64, 0),
  EVERYWHERE(mount), EVERYWHERE(umount2), EVERYWHERE(move_mount), EVERYWHERE(fsopen), EVERYWHERE(fsconfig),
  EVERYWHERE(fsmount), EVERYWHERE(open_tree), EVERYWHERE(mount_setattr), EVERYWHERE(clone), EVERYWHERE(clone3),
  EVERYWHERE(kill), EVERYWHERE(pidfd_send_signal), EVERYWHERE(connect),
};

static struct {
  FILE *log;
  bool counts_reads;
  int failure;           /* 0: kill */
  long number, counted;
  char **prefixes;
  pid_t command, failing;
} run;

static long trace(long request, pid_t tid, unsigned long address, unsigned long value) {
  return syscall(SYS_ptrace, request, tid, address, value);
}

static bool read_memory(pid_t tid, __u64 address, void *bytes, size_t size) {
  struct iovec local = {bytes, size}, remote = {(void *)address, size};
  return process_vm_readv(tid, &local, 1, &remote, 1, 0) == (ssize_t)size;
}

/* A text ends somewhere on its page or on a later one that is there. */
static bool read_text(pid_t tid, __u64 address, char *text, size_t size) {
  for (size_t done = 0; done < size;) {
    size_t piece = 4096 - (address + done) % 4096;
    if (piece > size - done) piece = size - done;
    if (!read_memory(tid, address + done, text + done, piece)) return false;
    if (memchr(text + done, 0, piece) != NULL) return true;
    done += piece;
  }
  return false;
}

static bool read_link(char *path, const char *link) {
  ssize_t length = readlink(link, path, PATH_BYTES - 1);
  path[length < 0 ? 0 : length] = 0;
  return length >= 0;
}

static bool descriptor_path(pid_t tid, int descriptor, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/%d/fd/%d", tid, descriptor);
  return read_link(path, link);
}

static bool argument_path(pid_t tid, const __u64 *args, int directory, int argument, char *path) {
  char text[PATH_BYTES], link[64];
  /* utimensat of a descriptor */
  if (args[argument] == 0) return directory >= 0 && descriptor_path(tid, (int)args[directory], path);
  if (!read_text(tid, args[argument], text, sizeof text)) return false;
  if (text[0] == '/') {
    memcpy(path, text, sizeof text);
    return true;
  }
  snprintf(link, sizeof link, "/proc/%d/cwd", tid);
  bool is_here = directory == CWD || (int)args[directory] == AT_FDCWD;
  if (!(is_here ? read_link(path, link) : descriptor_path(tid, (int)args[directory], path))) return false;
  size_t length = strlen(path);
  if (text[0] != 0) snprintf(path + length, PATH_BYTES - length, "/%s", text);
  return true;
}

static bool is_below_prefix(const char *path) {
  for (char **prefix = run.prefixes; strcmp(*prefix, "--") != 0; prefix++)
    if (strncmp(path, *prefix, strlen(*prefix)) == 0) return true;
  return false;
}

/* Of the calls that stand in the table, some do something only with certain arguments. */
static bool has_effect(pid_t tid, long number, const __u64 *args) {
  __u64 flags = 0;
  struct sockaddr_un address = {0};
  switch (number) {
#ifdef SYS_open
    case SYS_open:
      flags = args[1];
      break;
#endif
    case SYS_openat:
      flags = args[2];
      break;
    case SYS_openat2:
      if (!read_memory(tid, args[2], &flags, sizeof flags)) return false;
      break;
    case SYS_kill:
      return args[1] != 0;
    case SYS_clone:
      return (args[0] & CLONE_THREAD) == 0;
    case SYS_clone3:
      return read_memory(tid, args[0], &flags, sizeof flags) && (flags & CLONE_THREAD) == 0;
    case SYS_connect:
      return read_memory(tid, args[1], &address.sun_family, sizeof address.sun_family) &&
             address.sun_family == AF_UNIX;
    default:
      return true;
  }
  return run.counts_reads || (flags & (O_ACCMODE | O_CREAT | O_TRUNC)) != 0;
}

static bool counts(pid_t tid, long number, const __u64 *args, char *path) {
  path[0] = 0;
  if (number < 0 || number >= MOST_CALLS || calls[number].name == NULL) return false;
  const struct call *call = &calls[number];
  if ((call->is_read && !run.counts_reads) || !has_effect(tid, number, args)) return false;
  if (call->is_everywhere) return true;
  if (call->descriptor != NONE) return descriptor_path(tid, (int)args[call->descriptor], path) && is_below_prefix(path);
  if (call->other_path != NONE && argument_path(tid, args, call->other_directory, call->other_path, path) &&
      is_below_prefix(path))
    return true;
  return argument_path(tid, args, call->directory, call->path, path) && is_below_prefix(path);
}

/* The registers of a thread that stands at a call: its number becomes -1, or its result an error. */
static void change_call(pid_t tid, bool is_entry) {
  struct user_regs_struct registers;
  struct iovec all = {&registers, sizeof registers};
  if (trace(PTRACE_GETREGSET, tid, NT_PRSTATUS, (unsigned long)&all) < 0) return;
#if defined(__x86_64__)
  if (is_entry) registers.orig_rax = -1;
  else registers.rax = -run.failure;
#elif defined(__aarch64__)
  int none = -1;
  struct iovec number = {&none, sizeof none};
  if (is_entry) trace(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, (unsigned long)&number);
  else registers.regs[0] = -run.failure;
#else
#error "unknown machine"
#endif
  trace(PTRACE_SETREGSET, tid, NT_PRSTATUS, (unsigned long)&all);
}

static void at_call(pid_t tid) {
  struct ptrace_syscall_info info;
  char path[PATH_BYTES];
  if (trace(PTRACE_GET_SYSCALL_INFO, tid, sizeof info, (unsigned long)&info) < 0) return;
  if (info.op == PTRACE_SYSCALL_INFO_EXIT && run.failing == tid) {
    run.failing = 0;
    change_call(tid, false);
  }
  if (info.op != PTRACE_SYSCALL_INFO_ENTRY || !counts(tid, (long)info.entry.nr, info.entry.args, path)) return;
  fprintf(run.log, "%s\t%s\n", calls[info.entry.nr].name, path);
  if (++run.counted != run.number) return;
  /* the call doesn't happen: the thread goes on to its end, or to its error */
  change_call(tid, true);
  if (run.failure == 0) kill(run.command, SIGKILL);
  else run.failing = tid;
}

static void go_on(pid_t tid, int status) {
  int stop = WSTOPSIG(status), event = status >> 16;
  bool is_call = stop == (SIGTRAP | 0x80);
  if (is_call) at_call(tid);
  bool is_group_stop = event == PTRACE_EVENT_STOP && stop != SIGTRAP;
  trace(is_group_stop ? PTRACE_LISTEN : PTRACE_SYSCALL, tid, 0, is_call || event != 0 ? 0 : stop);
}

static void pass_on(int number) {
  kill(run.command, number);
}

static pid_t start(char **arguments) {
  int gate[2];
  char byte = 0;
  if (pipe2(gate, O_CLOEXEC) < 0) return -1;
  pid_t pid = fork();
  if (pid == 0) {
    if (read(gate[0], &byte, 1) == 1) execvp(arguments[0], arguments);
    _exit(127);
  }
  unsigned long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE;
  if (pid < 0 || trace(PTRACE_SEIZE, pid, 0, options) < 0 || trace(PTRACE_INTERRUPT, pid, 0, 0) < 0) return -1;
  int status;
  if (waitpid(pid, &status, __WALL) != pid || trace(PTRACE_SYSCALL, pid, 0, 0) < 0) return -1;
  return write(gate[1], &byte, 1) == 1 ? pid : -1;
}

int main(int count, char **arguments) {
  if (count < 8) return fprintf(stderr, "fault-injector LOG SCOPE FAULT NUMBER PREFIX... -- COMMAND...\n"), 64;
  run.log = fopen(arguments[1], "we");
  run.counts_reads = strcmp(arguments[2], "reads") == 0;
  run.failure = strcmp(arguments[3], "kill") == 0 ? 0 : atoi(arguments[3]);
  run.number = atol(arguments[4]);
  run.prefixes = arguments + 5;
  char **command = run.prefixes;
  while (strcmp(*command, "--") != 0) command++;
  run.command = start(command + 1);
  if (run.log == NULL || run.command < 0) return perror("fault-injector"), 70;
  signal(SIGTERM, pass_on);
  signal(SIGINT, pass_on);
  for (int status;;) {
    pid_t tid = waitpid(-1, &status, __WALL);
    if (tid < 0 && errno != EINTR) return perror("fault-injector: waitpid"), 70;
    if (tid < 0) continue;
    if (WIFSTOPPED(status)) go_on(tid, status);
    else if (tid == run.command) {
      fclose(run.log);
      if (WIFEXITED(status)) return WEXITSTATUS(status);
      signal(WTERMSIG(status), SIG_DFL);
      return raise(WTERMSIG(status));
    }
  }
}
