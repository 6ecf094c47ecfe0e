/** Docker's fourteen defaults (docker-data-root §10), in the kernel's order. */
const defaults = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'SETGID',
  'SETUID',
  'SETPCAP',
  'NET_BIND_SERVICE',
  'NET_RAW',
  'SYS_CHROOT',
  'MKNOD',
  'AUDIT_WRITE',
  'SETFCAP',
]

/** capabilities(7), by their numbers. */
const kernelCapabilities =
  `CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE
  NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN
  SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE
  MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE`.split(/\s+/)

/**
 * The final set, as Docker combines it: `add: [ALL]` is everything but `drop`, `drop: [ALL]` is only `add`, else the
 * defaults without `drop` and with `add`. `held` is what this host can give: ALL means no more than that.
 */
export function finalCapabilities(
  { add, drop }: { readonly add: readonly string[]; readonly drop: readonly string[] },
  held: bigint,
): string[] {
  const added = new Set(add.map(bareName))
  const dropped = new Set(drop.map(bareName))
  const given = (name: string) => {
    if (added.has('ALL')) return added.has(name) || (!dropped.has(name) && isHeld(name, held))
    if (added.has(name)) return true
    return !dropped.has('ALL') && !dropped.has(name) && defaults.includes(name)
  }
  return kernelCapabilities.filter(given).map(name => `CAP_${name}`)
}

const bareName = (name: string) => name.toUpperCase().replace(/^CAP_/, '')
const isHeld = (name: string, held: bigint) => ((held >> BigInt(kernelCapabilities.indexOf(name))) & 1n) === 1n
