import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

export type Traced = {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** the calls of all its processes, without their process ids: `openat(AT_FDCWD, "/etc/passwd", O_RDONLY) = 3` */
  readonly calls: readonly string[]
}

/** Runs a command under strace(1). `log`: where the trace goes meanwhile. */
export function traced(log: string, command: string, ...args: string[]): Traced {
  const ran = spawnSync('strace', ['-f', '-qq', '-y', '-s', '200', '-o', log, command, ...args], {
    encoding: 'utf8',
    // else libuv may hand work to the kernel past the calls that a trace shows
    env: { ...process.env, UV_USE_IO_URING: '0' },
    timeout: 120_000,
    maxBuffer: 1 << 26,
  })
  if (ran.error) throw ran.error
  return { code: ran.status, stdout: ran.stdout, stderr: ran.stderr, calls: calls(readFileSync(log, 'utf8')) }
}

/** A call that another process's interrupted stands in two lines, which become one. */
function calls(trace: string): string[] {
  const begun = new Map<string, string>()
  return trace.split('\n').flatMap(line => {
    const [, pid = '', text = ''] = /^(\d+) +(.*)$/.exec(line) ?? []
    const unfinished = /^(.*) <unfinished \.\.\.>$/.exec(text)?.[1]
    if (unfinished !== undefined) {
      begun.set(pid, unfinished)
      return []
    }
    const rest = /^<\.\.\. \w+ resumed>(.*)$/.exec(text)?.[1]
    if (rest === undefined) return text === '' ? [] : [text]
    const whole = `${begun.get(pid) ?? ''}${rest}`
    begun.delete(pid)
    return [whole]
  })
}

/** Calls that open a file for writing, or could make one. */
export const opensForWriting = ({ calls: all }: Traced): string[] =>
  all.filter(
    call => /^(open|openat|openat2|creat)\(/.test(call) && /O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND|^creat/.test(call),
  )

const changing = new RegExp(
  `^(${[
    'mkdir|mkdirat|rmdir|unlink|unlinkat|rename|renameat|renameat2|link|linkat|symlink|symlinkat|mknod|mknodat',
    'truncate|ftruncate|fallocate|copy_file_range|chmod|fchmod|fchmodat|fchmodat2|chown|fchown|lchown|fchownat',
    'utime|utimes|utimensat|futimesat|setxattr|lsetxattr|fsetxattr|removexattr|lremovexattr|fremovexattr',
    'mount|umount2|pivot_root|chroot|move_mount|open_tree|fsopen|fsconfig|fsmount|mount_setattr|swapon|swapoff',
    'unshare|setns|sethostname|setdomainname|settimeofday|clock_settime|init_module|finit_module|delete_module|reboot',
    'kill|tkill|pidfd_send_signal|ptrace|process_vm_writev|flock|quotactl|keyctl|add_key|bpf|io_uring_register',
    'bind|listen|connect|sendto|sendmsg|sendmmsg|setpriority|ioprio_set|sched_setaffinity',
  ].join('|')})\\(`,
)

/** Calls that change something outside their process, and were not refused. */
export const changes = ({ calls: all }: Traced): string[] =>
  all.filter(call => changing.test(call) && !/= -1 E[A-Z]+/.test(call) && !looking.test(call))

/** Links, addresses and routes are asked for by a message; a thread that ends soon sees what a container is called in its namespace. */
const looking =
  /^bind\(.*sa_family=AF_NETLINK, nl_pid=0, nl_groups=00000000|^sendto\(.*nlmsg_type=RTM_GET(LINK|ADDR|ROUTE), nlmsg_flags=NLM_F_REQUEST\|NLM_F_DUMP|^setns\(\d+<anon_inode:\[pidfd\]>, CLONE_NEWUTS\)/

/** Where bytes were written to, but for standard output and error; pipes, memory of its own and counters between threads are no files. */
export const writtenTo = ({ calls: all }: Traced): string[] => [
  ...new Set(
    all.flatMap(call => {
      const [, fd = '', target] =
        /^(?:write|writev|pwrite64|pwritev|pwritev2|sendfile)\((\d+)<([^>]*)>/.exec(call) ?? []
      return target === undefined || fd === '1' || fd === '2' || /^(pipe:|anon_inode:|\/memfd:)/.test(target)
        ? []
        : [target]
    }),
  ),
]
