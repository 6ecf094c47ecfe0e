import {
  chmodSync,
  chownSync,
  closeSync,
  lchownSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { hostCommand } from './host-command.ts'

export const sparseBytes = 4 << 20

/** A rootfs with one of everything that a file system knows, below /srv/data, and links that lead there. */
export function makeOddTree(top: string): void {
  const put = (path: string, content = path) => {
    mkdirSync(dirname(join(top, path)), { recursive: true })
    writeFileSync(join(top, path), content)
    return join(top, path)
  }
  makeFiles(top, put)
  makeSpecial(top)
  put('srv/small/only', 'only')
  put('srv/file', 'no directory')
  put('srv/pipes/a', 'before it')
  hostCommand('mkfifo', '-m', '620', join(top, 'srv/pipes/pipe'))
  put('srv/pipes/z', 'after it')
  mkdirSync(join(top, 'srv/empty'), { mode: 0o700 })
  chownSync(join(top, 'srv/empty'), 3, 4)
  put('real/inside', 'inside')
  put('etc/of-image', 'etc')
  mkdirSync(join(top, 'links'))
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(top, 'links', name))
  setTimes(top)
}

const links = {
  relative: '../real',
  absolute: '/srv/small',
  dangling: '/not/there',
  out: '../../../../../../srv/small',
  parent: '/srv',
  loop: 'loop',
}

function makeFiles(top: string, put: (path: string, content?: string) => string): void {
  const set = (path: string, mode: number, uid: number, gid: number) => {
    chownSync(path, uid, gid)
    chmodSync(path, mode)
  }
  set(put('srv/data/setuid'), 0o4755, 1000, 1001)
  set(put('srv/data/setgid'), 0o2711, 7, 8)
  set(put('srv/data/secret'), 0o000, 70_000, 70_001)
  set(put('srv/data/line\nbreak'), 0o644, 0, 0)
  set(put('srv/data/deep/a/b/c/leaf'), 0o640, 0, 9)
  put('srv/data/attributed')
  hostCommand('setfattr', '-n', 'user.note', '-v', '0x610062', join(top, 'srv/data/attributed'))
  hostCommand('setfattr', '-n', 'trusted.note', '-v', 'mine', join(top, 'srv/data/attributed'))
  hostCommand('setfattr', '-n', 'security.capability', '-v', capability, join(top, 'srv/data/attributed'))
  hostCommand('setfattr', '-n', 'user.of', '-v', 'directory', join(top, 'srv/data/deep'))
  linkSync(put('srv/data/twin'), join(top, 'srv/data/deep/twin'))
  linkSync(join(top, 'srv/data/twin'), join(top, 'srv/twin-elsewhere'))
  linkSync(put('srv/data/alone', 'seen once here'), join(top, 'srv/alone-elsewhere'))
  const sparse = openSync(put('srv/data/sparse', 'begin'), 'r+')
  writeSync(sparse, 'middle', sparseBytes / 2)
  writeSync(sparse, '\0', sparseBytes - 1)
  closeSync(sparse)
  for (const [name, mode] of [
    ['sticky', 0o1777],
    ['closed', 0o000],
    ['group', 0o2770],
  ] as const) {
    mkdirSync(join(top, 'srv/data', name))
    set(join(top, 'srv/data', name), mode, 20, 30)
  }
  set(join(top, 'srv/data'), 0o3771, 5, 6)
}

/** CAP_NET_BIND_SERVICE, effective. */
const capability = '0x0100000200040000000000000000000000000000'

function makeSpecial(top: string): void {
  const at = (name: string) => join(top, 'srv/data', name)
  hostCommand('mknod', '-m', '666', at('null'), 'c', '1', '3')
  hostCommand('mknod', '-m', '660', at('loop'), 'b', '7', '300')
  symlinkSync('deep/a', at('to-dir'))
  symlinkSync('/etc/passwd', at('to-absolute'))
  symlinkSync('../../../../nowhere', at('to-nothing'))
  lchownSync(at('to-nothing'), 11, 12)
}

/** Every entry gets a time of its own, long past: one of today is one that nobody set. */
function setTimes(top: string): void {
  const found = hostCommand('find', top, '-depth', '-print0').split('\0').filter(Boolean)
  for (const [index, path] of found.entries()) {
    const time = new Date(1_000_000_000_000 + index * 1_234)
    if (hostCommand('stat', '-c', '%F', path).trim() === 'symbolic link') lutimesSync(path, time, time)
    else utimesSync(path, time, time)
  }
}

/** GNU tar's archive of it: holes as PAX tells them, all attributes. */
export const tarOf = (top: string, archive: string): string =>
  hostCommand(
    'tar',
    '--create',
    '--format=posix',
    '--sparse',
    '--xattrs',
    '--xattrs-include=*',
    '--numeric-owner',
    '--file',
    archive,
    '-C',
    top,
    '.',
  )
