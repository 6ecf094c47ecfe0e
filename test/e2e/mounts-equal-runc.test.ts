/** Every form of a bind mount gives the container what runc gives for the same words: options, and who sees mounts below. */
import { deepEqual, equal } from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { test } from 'node:test'
import type { BindMount, Propagation } from '../../src/model/desired.ts'
import { hostCommand } from '../support/host-command.ts'
import { readText } from '../support/lab.ts'
import { bind, makeMountLab, type MountLab } from '../support/mount-lab.ts'
import { startRunc } from '../support/runc-mounts.ts'

const propagations: readonly Propagation[] = ['rprivate', 'private', 'rslave', 'slave', 'rshared', 'shared']
const sources = ['private', 'shared'] as const

/** A file system with another one mounted in it, as this host spreads it. */
function mountSources({ folder, after }: MountLab): void {
  for (const spread of sources) {
    const top = `${folder}/${spread}`
    mkdirSync(top)
    hostCommand('mount', '-t', 'tmpfs', 'top', top)
    after(() => void hostCommand('umount', '-R', top))
    hostCommand('mount', `--make-${spread}`, top)
    mkdirSync(`${top}/sub`)
    hostCommand('mount', '-t', 'tmpfs', 'sub', `${top}/sub`)
    hostCommand('mount', `--make-${spread}`, `${top}/sub`)
  }
}

type Row = { readonly source: (typeof sources)[number]; readonly mount: BindMount; readonly name: string }

const rows = (folder: string): Row[] =>
  sources.flatMap(source =>
    [true, false].flatMap(recursive =>
      [true, false].flatMap(readOnly =>
        propagations.map(propagation => {
          const name = `${source}-${recursive ? 'rbind' : 'bind'}-${readOnly ? 'ro' : 'rw'}-${propagation}`
          return {
            source,
            name,
            mount: bind(`${folder}/${source}`, `/m/${name}`, { recursive, readOnly, propagation }),
          }
        }),
      ),
    ),
  )

/** What runc is asked for; `rro` is read-only all the way down, as `recursive` with `readOnly` means it. */
const words = ({ recursive, readOnly, propagation }: BindMount): string[] => [
  recursive ? 'rbind' : 'bind',
  propagation,
  ...(readOnly ? [recursive ? 'rro' : 'ro'] : []),
]

const groups = (line: readonly string[], kind: string) =>
  line.find(word => word.startsWith(`${kind}:`))?.slice(kind.length + 1)

/** `/ ro private`, `/sub rw follows the host` …: every mount at a row's target and below it. */
function shape(pid: number, name: string, host: ReadonlyMap<string, string>): string[] {
  return readText(`/proc/${pid}/mountinfo`)
    .split('\n')
    .map(line => line.split(' '))
    .filter(([, , , , point]) => point === `/m/${name}` || point?.startsWith(`/m/${name}/`))
    .map(line => {
      const [, , , root, point = '', options = '', ...rest] = line
      const tags = rest.slice(0, rest.indexOf('-'))
      const below = point.slice(`/m/${name}`.length) || '/'
      const own = host.get(below)
      const [shared, master] = [groups(tags, 'shared'), groups(tags, 'master')]
      const spread = [
        ...(shared === undefined ? [] : [shared === own ? 'shared with the host' : 'shared']),
        ...(master === undefined ? [] : [master === own ? 'follows the host' : 'follows']),
      ]
      return `${below} of ${root} ${options
        .split(',')
        .filter(word => !word.endsWith('atime'))
        .join(',')} ${spread.join(', ') || 'private'}`
    })
    .sort()
}

/** Peer groups of the sources, by what lies below them. */
function hostGroups(top: string): ReadonlyMap<string, string> {
  const lines = readText('/proc/self/mountinfo')
    .split('\n')
    .map(line => line.split(' '))
    .filter(([, , , , point]) => point === top || point === `${top}/sub`)
  return new Map(lines.map(line => [(line[4] ?? '').slice(top.length) || '/', groups(line, 'shared') ?? 'none']))
}

const rootfsPropagation = (propagation: string) =>
  propagation.endsWith('shared') ? 'rshared' : propagation.endsWith('slave') ? 'rslave' : 'rprivate'

test('bind or rbind, read-only or not, private, slave or shared: the mount table is the one that runc makes', async t => {
  const lab = makeMountLab(t)
  const rootfs = `${lab.folder}/rootfs`
  for (const name of ['bin', 'proc']) mkdirSync(`${rootfs}/${name}`, { recursive: true })
  hostCommand('cp', '/bin/busybox', `${rootfs}/bin/busybox`)
  for (const name of ['sh', 'sleep']) hostCommand('ln', '-s', 'busybox', `${rootfs}/bin/${name}`)
  mountSources(lab)
  const all = rows(lab.folder)
  const ours = await lab.run(
    all.map(({ mount }) => mount),
    rootfs,
  )
  deepEqual(await lab.drift(), [])
  const theirs = new Map(
    ['rprivate', 'rslave', 'rshared'].map(kind => {
      const own = all.filter(({ mount }) => rootfsPropagation(mount.propagation) === kind)
      const mounts = own.map(({ mount }) => ({
        source: mount.source,
        destination: mount.target,
        options: words(mount),
      }))
      const runc = startRunc(`${lab.folder}/runc-${kind}`, rootfs, mounts, kind)
      lab.after(runc.end)
      return [kind, runc.pid] as const
    }),
  )
  let differing = 0
  for (const { name, source, mount } of all) {
    const host = hostGroups(`${lab.folder}/${source}`)
    const [own, other] = [
      shape(ours, name, host),
      shape(theirs.get(rootfsPropagation(mount.propagation)) ?? 0, name, host),
    ]
    const same = own.join() === other.join()
    if (!same) differing++
    t.diagnostic(
      `${same ? 'equal ' : 'DIFFERS'} ${name.padEnd(30)} ${own.join(' | ')}${same ? '' : `   runc: ${other.join(' | ')}`}`,
    )
  }
  equal(differing, 0)
})
