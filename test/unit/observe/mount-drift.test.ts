import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import type { BindMount, Mount } from '../../../src/model/desired.ts'
import type { MountFault } from '../../../src/model/mount-drift.ts'
import { mountDrifts, placeOnHost } from '../../../src/observe/mount-drift.ts'
import { type MountTable, parseMountTable } from '../../../src/observe/mount-table.ts'

const bind = (wish: Partial<BindMount> = {}): BindMount => ({
  type: 'bind',
  source: '/srv/site',
  target: '/site',
  readOnly: false,
  recursive: true,
  propagation: 'rprivate',
  createSource: false,
  ...wish,
})
const quick: Mount = { type: 'tmpfs', target: '/quick', readOnly: false, sizeBytes: 65536, mode: null }

const hostText = `20 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 20 8:2 / /mnt/a\\040disk ro,nosuid shared:7 - ext4 /dev/sdb1 rw
`
const rootLine = '100 90 0:50 / / rw - overlay overlay rw'

function table(text: string, ...paths: string[]): MountTable {
  const parsed = parseMountTable(text, paths)
  ok(parsed)
  return parsed
}

/** What is wrong with one mount, by the lines that a container's table has behind its root's. */
function fault(mount: Mount, lines: readonly string[], hostPath: string | null = '/srv/site'): MountFault | null {
  const source =
    mount.type === 'tmpfs'
      ? null
      : hostPath === null
        ? ('absent' as const)
        : placeOnHost(table(hostText, hostPath), hostPath)
  const own = table(`${[rootLine, ...lines].join('\n')}\n`, mount.target)
  return mountDrifts(own, [{ mount, source, target: mount.target }])[0]?.fault ?? null
}

test('a bind that shows its source with the options of its source is as declared', () => {
  equal(fault(bind(), ['101 100 8:1 /srv/site /site rw - ext4 /dev/sda1 rw']), null)
  equal(fault(bind({ readOnly: true }), ['101 100 8:1 /srv/site /site ro,noatime - ext4 x rw']), null)
  equal(fault(bind(), ['101 100 8:2 /in /site ro,nosuid - ext4 x rw'], '/mnt/a disk/in'), null)
  equal(fault(bind({ source: '/mnt/a disk' }), ['101 100 8:2 / /site ro,nosuid - ext4 x rw'], '/mnt/a disk'), null)
  // the host's mount became read-only after this one was made
  equal(fault(bind({ source: '/mnt/a disk' }), ['101 100 8:2 / /site rw,nosuid - ext4 x rw'], '/mnt/a disk'), null)
})

test('what a bind shows is named by its path on the host, wherever its file system is mounted there', () => {
  const moved = ['101 100 8:2 /in.old /site ro,nosuid - ext4 x rw']
  deepEqual(fault(bind(), moved, '/mnt/a disk/in'), { kind: 'source-replaced', shows: '/mnt/a disk/in.old' })
  const covered = ['101 100 8:1 /mnt/a\\040disk /site rw - ext4 x rw']
  deepEqual(fault(bind(), covered, '/mnt/a disk'), { kind: 'source-replaced', shows: '/mnt/a disk' })
})

test('each kind of fault is told from the others', () => {
  deepEqual(fault(bind(), []), { kind: 'missing' })
  deepEqual(fault(bind(), [], null), { kind: 'source-gone' })
  deepEqual(fault(bind({ createSource: true }), [], null), { kind: 'missing' })
  deepEqual(fault(bind({ readOnly: true }), ['101 100 8:1 /srv/site /site rw - ext4 x rw']), {
    kind: 'options',
    wanted: 'ro',
    found: 'rw',
  })
  deepEqual(fault(bind(), ['101 100 8:1 /srv/site//deleted /site rw - ext4 x rw']), {
    kind: 'source-replaced',
    shows: null,
  })
  deepEqual(fault(bind(), ['101 100 8:1 /srv/site.old /site rw - ext4 x rw']), {
    kind: 'source-replaced',
    shows: '/srv/site.old',
  })
  deepEqual(fault(bind(), ['101 100 8:9 / /site rw - ext4 x rw']), { kind: 'source-unmounted' })
  deepEqual(fault(bind(), ['101 100 8:1 /srv/site /site rw - ext4 x rw', '102 101 0:60 / /site rw - tmpfs x rw']), {
    kind: 'replaced',
    by: 'a tmpfs on /site',
  })
  deepEqual(fault(quick, ['101 100 0:60 / /quick rw,nosuid,nodev,noexec - tmpfs tmpfs rw,size=128k']), {
    kind: 'options',
    wanted: 'size=64k',
    found: 'size=128k',
  })
})

test('a mount that another one hides is told with what hides it; one of the container itself hides nothing', () => {
  const deep = bind({ target: '/srv/site' })
  const lines = ['101 100 8:1 /srv/site /srv/site rw - ext4 x rw', '102 100 0:60 / /srv rw - tmpfs x rw']
  deepEqual(fault(deep, lines), { kind: 'hidden', by: 'a tmpfs on /srv' })
})

test('who sees mounts below: peers are compared by their group, a private source has none to follow', () => {
  const line = (tags: string) => [`101 100 8:1 /srv/site /site rw ${tags}- ext4 x rw`]
  deepEqual(fault(bind(), line('shared:1 ')), { kind: 'options', wanted: 'private', found: 'shared' })
  equal(fault(bind({ propagation: 'rshared' }), line('shared:1 ')), null)
  deepEqual(fault(bind({ propagation: 'rshared' }), line('shared:9 ')), {
    kind: 'cut-off',
    wanted: 'shared',
    found: 'shared with others',
  })
  equal(fault(bind({ propagation: 'rslave' }), line('master:1 ')), null)
  deepEqual(fault(bind({ propagation: 'slave' }), line('')), { kind: 'cut-off', wanted: 'slave', found: 'private' })
  deepEqual(fault(bind({ propagation: 'slave' }), line('shared:1 master:1 ')), {
    kind: 'options',
    wanted: 'slave',
    found: 'shared',
  })
})

test('a hostile table neither hides drift nor takes long: thousands of mounts, odd names, lines that are none', () => {
  const noise = Array.from({ length: 50_000 }, (_, n) => `${1000 + n} 100 0:70 / /noise/\\134${n}\\012 rw - tmpfs x rw`)
  const stacked = Array.from(
    { length: 20_000 },
    (_, n) => `${100_000 + n} ${n === 0 ? 101 : 99_999 + n} 0:71 / /site rw - tmpfs x rw`,
  )
  const odd = ['', ' - ', '7 7', '101 100 8:1 /srv/site /site rw - ext4 x rw', '\u00ff\u00fe 1 2 3 / /site']
  const begun = process.cpuUsage()
  deepEqual(fault(bind(), [...noise, ...odd, ...stacked]), { kind: 'replaced', by: 'a tmpfs on /site' })
  deepEqual(fault(bind({ target: '/other' }), noise), { kind: 'missing' })
  // of this process alone: what else runs on the machine says nothing
  ok(process.cpuUsage(begun).user < 3_000_000)
})

test('names with spaces, backslashes and bytes beyond ASCII are the same in both tables', () => {
  const target = '/a b\\c é'
  const escaped = Buffer.from('/a\\040b\\134c\\040é', 'utf8').toString('latin1')
  equal(fault(bind({ target }), [`101 100 8:1 /srv/site ${escaped} rw - ext4 x rw`]), null)
})

test('a mount that says that it stands on itself ends no walk', () => {
  deepEqual(fault(bind(), ['101 101 8:1 /srv/site /site rw - ext4 x rw']), { kind: 'missing' })
})
