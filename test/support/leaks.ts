import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { spawnSync } from 'node:child_process'

/** Things of ours on this host, a list a kind. */
export type Inventory = ReadonlyArray<readonly [kind: string, items: readonly string[]]>

/** What the project has on this host now. Looks only; removes nothing. */
export const inventory = (): Inventory => [
  ['mounts', mounts()],
  ['cgroups', cgroups()],
  ['processes', processes()],
  ['network namespaces', networkNamespaces()],
  ['run directories', runDirectories()],
  ['data-roots of tests', dataRoots()],
  ['links', links()],
  ['nftables tables', tables()],
]

/** What is there now and was not before: a count a kind, and its first examples. */
export function leakReport(before: Inventory): { total: number; text: string } {
  const old = new Set(before.flatMap(([kind, items]) => items.map(item => `${kind} ${item}`)))
  const found = inventory().map(([kind, items]) => [kind, items.filter(item => !old.has(`${kind} ${item}`))] as const)
  const total = found.reduce((sum, [, items]) => sum + items.length, 0)
  return { total, text: found.map(([kind, items]) => `${kind} ${items.length}${examples(items)}`).join(', ') }
}

const examples = (items: readonly string[]) => (items.length === 0 ? '' : ` (${items.slice(0, 3).join('; ')})`)

/** Temporary folders of the tests carry this prefix; nothing else on the host does. */
export const labPrefix = '/tmp/reconcile-test-'
const ours = /^(\/tmp\/reconcile-test-|\/run\/reconcile\/|\/var\/lib\/reconcile\/)/

const mounts = () =>
  lines('/proc/self/mountinfo')
    .map(line => line.split(' ')[4] ?? '')
    .filter(target => ours.test(target))

function cgroups(): string[] {
  const hierarchies = lines('/proc/self/mountinfo')
    .filter(line => / - cgroup2? /.test(line))
    .map(line => line.split(' ')[4] ?? '')
  return hierarchies.flatMap(path =>
    names(path)
      .filter(name => name.startsWith('reconcile-'))
      .map(name => `${path}/${name}`),
  )
}

/** Zombies are their parent's affair: a first process that never reaps keeps them for ever. */
function processes(): string[] {
  return names('/proc')
    .filter(name => /^\d+$/.test(name) && name !== String(process.pid))
    .filter(pid => {
      const argv = text(`/proc/${pid}/cmdline`).split('\0')
      const cgroup = text(`/proc/${pid}/cgroup`)
      return (
        argv[0]?.includes('reconcile-shim') ||
        cgroup.includes('/reconcile-') ||
        text(`/proc/${pid}/environ`).includes(labPrefix)
      )
    })
    .filter(pid => !/^State:\s+Z/m.test(text(`/proc/${pid}/status`)))
    .filter(pid => !isAncestor(pid))
    .map(pid => `${pid} ${text(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').slice(0, 80)}`)
}

function isAncestor(pid: string): boolean {
  for (let current = String(process.pid), depth = 0; current !== '0' && current !== '' && depth < 64; depth++) {
    if (current === pid) return true
    current = /^PPid:\s+(\d+)/m.exec(text(`/proc/${current}/status`))?.[1] ?? ''
  }
  return false
}

/** Namespaces that only a process of ours, or a pin of ours, keeps alive. */
function networkNamespaces(): string[] {
  const pinned = names('/run/netns').filter(name => name.startsWith('reconcile-'))
  const held = processes()
    .map(line => line.split(' ')[0] ?? '')
    .map(pid => link(`/proc/${pid}/ns/net`))
    .filter(target => target !== '' && target !== link('/proc/self/ns/net'))
  return [...new Set([...pinned, ...held])]
}

const runDirectories = () => names('/run/reconcile').map(name => `/run/reconcile/${name}`)
const dataRoots = () =>
  names('/tmp')
    .filter(name => `/tmp/${name}`.startsWith(labPrefix))
    .map(name => `/tmp/${name}`)
/** Ours, and those of an engine that should have stayed in a network of its own. */
const links = () => names('/sys/class/net').filter(name => /^((rc-|rv)[0-9a-f]{12}|docker0|br-|podman)/.test(name))

function tables(): string[] {
  const result = spawnSync('nft', ['list', 'tables'], { encoding: 'utf8', timeout: 10_000 })
  return (result.stdout ?? '').split('\n').filter(line => line !== '')
}

const names = (path: string): string[] => {
  try {
    return existsSync(path) ? readdirSync(path) : []
  } catch {
    return []
  }
}
const text = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
const link = (path: string): string => {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
const lines = (path: string) =>
  text(path)
    .split('\n')
    .filter(line => line !== '')
