/** Of /proc/<pid>/status (proc_pid_status(5)). */
export type ProcessStatus = {
  /** real, effective, saved, file system */
  readonly uids: readonly number[]
  readonly bounding: bigint
  readonly permitted: bigint
  readonly effective: bigint
  readonly noNewPrivileges: boolean
}

/** null: a line is missing. The name in the first line may hold anything but a newline, so lines are told by their begin. */
export function parseStatus(text: string): ProcessStatus | null {
  const lines = new Map(
    text.split('\n').map(line => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon), line.slice(colon + 1).trim()] as const
    }),
  )
  const uids = lines.get('Uid')?.split(/\s+/).map(Number)
  const masks = ['CapBnd', 'CapPrm', 'CapEff'].map(name => parseMask(lines.get(name)))
  const [bounding, permitted, effective] = masks
  if (uids === undefined || uids.length < 4 || uids.some(uid => !Number.isInteger(uid))) return null
  if (bounding == null || permitted == null || effective == null) return null
  return { uids, bounding, permitted, effective, noNewPrivileges: lines.get('NoNewPrivs') === '1' }
}

const parseMask = (text: string | undefined): bigint | null =>
  text !== undefined && /^[0-9a-f]{1,16}$/.test(text) ? BigInt(`0x${text}`) : null
