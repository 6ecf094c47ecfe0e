/** One line of /proc/<pid>/mountinfo (proc(5)). Texts are bytes as latin1: a mount point need not be UTF-8. */
export type MountLine = {
  readonly id: string
  readonly parent: string
  /** `8:1` */
  readonly device: string
  /** what of its file system it shows; ends with `//deleted` when that has no name any more */
  readonly root: string
  readonly point: string
  readonly options: readonly string[]
  /** peer group, or null */
  readonly shared: string | null
  readonly master: string | null
  readonly type: string
  readonly superOptions: readonly string[]
}

/** Mounts by the one that they are mounted on. Only what `keep` wanted: a hostile table may have a hundred thousand lines. */
export type MountTable = { readonly root: MountLine; readonly above: ReadonlyMap<string, readonly MountLine[]> }

/** Path components joined by `/` in the bytes of mountinfo. */
export const bytesOf = (path: string): string => Buffer.from(path, 'utf8').toString('latin1')
export const textOf = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8')

/** The mounts on the way to the given paths; null: no root is among them. */
export function parseMountTable(text: string, paths: readonly string[]): MountTable | null {
  const wanted = new Set(['/', ...paths.map(bytesOf).flatMap(prefixes)])
  const above = new Map<string, MountLine[]>()
  const lines: MountLine[] = []
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start)
    const line = text.slice(start, end < 0 ? text.length : end)
    start = end < 0 ? text.length : end + 1
    const point = unescape(line.split(' ', 5)[4] ?? '')
    if (!wanted.has(point)) continue
    const parsed = parseLine(line, point)
    if (parsed === null) continue
    lines.push(parsed)
    const siblings = above.get(parsed.parent)
    if (siblings === undefined) above.set(parsed.parent, [parsed])
    else siblings.push(parsed)
  }
  const ids = new Set(lines.map(({ id }) => id))
  const root = lines.find(({ point, parent, id }) => point === '/' && (!ids.has(parent) || parent === id))
  return root === undefined ? null : { root, above }
}

/** `/a/b` → `/`, `/a`, `/a/b` */
const prefixes = (path: string): string[] => {
  const parts = path.split('/').filter(part => part !== '')
  return ['/', ...parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`)]
}

function parseLine(line: string, point: string): MountLine | null {
  const dash = line.indexOf(' - ')
  const [id, parent, device, root, , options, ...tags] = line.slice(0, dash).split(' ')
  const [type, , superOptions] = line.slice(dash + 3).split(' ')
  if (dash < 0 || root === undefined || options === undefined || type === undefined) return null
  const tag = (name: string) => tags.find(text => text.startsWith(`${name}:`))?.slice(name.length + 1) ?? null
  return {
    id: id ?? '',
    parent: parent ?? '',
    device: device ?? '',
    root: unescape(root),
    point,
    options: options.split(','),
    shared: tag('shared'),
    master: tag('master'),
    type,
    superOptions: (superOptions ?? '').split(','),
  }
}

export const unescape = (text: string): string =>
  text.includes('\\')
    ? text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
    : text

/**
 * The mounts that a walk to `path` crosses, the last one being what is seen there. Of two on the same mount the one nearer
 * to the root comes first, and hides the other.
 */
export function wayTo({ root, above }: MountTable, path: string): MountLine[] {
  const target = bytesOf(path)
  const way = [root]
  for (let current = root; ; ) {
    const next = (above.get(current.id) ?? [])
      .filter(line => line !== current && covers(line.point, target))
      .reduce<MountLine | null>(
        (best, line) => (best === null || line.point.length < best.point.length ? line : best),
        null,
      )
    if (next === null) return way
    way.push(next)
    current = next
  }
}

/** Whether `point` is `path` or a directory above it. */
export const covers = (point: string, path: string): boolean =>
  point === '/' || path === point || (path.startsWith(point) && path[point.length] === '/')
