import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { type BigIntStats, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { at, paths } from './layer-lab.ts'

/**
 * A line an entry of a tree, the top included: type and mode, owner, size, content, device, target of a link, time of
 * change in ns, names of the same file within the tree; then a line an extended attribute.
 */
export function treeInventory(dir: string): string[] {
  const entries = [Buffer.from('.'), ...paths(dir)].map(path => {
    const full = at(dir, path)
    return { path, full, stat: lstatSync(full, { bigint: true }) }
  })
  const first = new Map<bigint, Buffer>()
  for (const { path, stat } of entries) if (!first.has(stat.ino)) first.set(stat.ino, path)
  const lines = entries.map(({ path, full, stat }) =>
    [shown(path), ...facts(full, stat), ...(first.get(stat.ino) === path ? [] : [`= ${shown(first.get(stat.ino))}`])]
      .join(' ')
      .trimEnd(),
  )
  return [...lines, ...attributes(dir)]
}

/**
 * The same without times that a copy doesn't decide. Docker's engine sets a directory's time before it fills the directory,
 * so that what is not empty keeps the time of the copy. What today made has today's time.
 */
export function comparableInventory(dir: string): string[] {
  const today = BigInt(Date.now() - 86_400_000) * 1_000_000n
  const isLoose = (path: Buffer) => {
    const stat = lstatSync(at(dir, path), { bigint: true })
    return stat.mtimeNs > today || (stat.isDirectory() && readdirSync(at(dir, path)).length > 0)
  }
  const loose = new Set([Buffer.from('.'), ...paths(dir)].filter(isLoose).map(shown))
  return treeInventory(dir).map(line => (loose.has(line.split(' ')[0] ?? '') ? line.replace(/ changed \d+/, '') : line))
}

function facts(full: Buffer, stat: BigIntStats): string[] {
  const mode = stat.mode.toString(8)
  const common = [mode, `${stat.uid}:${stat.gid}`, `changed ${stat.mtimeNs}`]
  if (stat.isFile()) return [...common, `${stat.size} ${digest(full)}`]
  if (stat.isSymbolicLink()) return [...common, `-> ${readlinkSync(full)}`]
  return stat.isBlockDevice() || stat.isCharacterDevice() ? [...common, `device ${stat.rdev}`] : common
}

const digest = (full: Buffer) => createHash('sha256').update(readFileSync(full)).digest('hex').slice(0, 12)

/** As one word that tells all bytes apart. */
const shown = (path: Buffer | undefined): string => (path ?? '').toString('latin1').replaceAll(/[\s\\]/g, '?')

function attributes(dir: string): string[] {
  const ran = spawnSync('getfattr', ['-R', '-P', '-h', '-d', '-m', '-', '-e', 'hex', '.'], {
    cwd: dir,
    encoding: 'utf8',
  })
  if (ran.status !== 0) throw new Error(`getfattr: ${ran.stderr}`)
  return ran.stdout
    .split('\n\n')
    .filter(block => block !== '')
    .map(block => block.split('\n').join(' '))
    .sort()
}
