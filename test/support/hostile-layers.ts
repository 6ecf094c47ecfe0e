// What a layer can try, and what comes of it: a refusal that names the reason, or entries strictly inside.
import { hostileArchives } from './hostile-archives.ts'
import { d, f, type HostileCase, l, nested } from './hostile-case.ts'
import { dir, type Entry, file, hardLink, link, tar } from './tar.ts'

/** `outside` is an absolute path of this host that no layer may reach. */
export const hostileLayers = (outside: string): readonly HostileCase[] => [
  ...names(outside),
  ...links(outside),
  ...whiteouts(outside),
  ...hostileArchives(),
]

const names = (outside: string): readonly HostileCase[] => [
  { title: 'a name that climbs', blob: tar(file('../../../../evil')), inside: [f('evil')] },
  { title: 'an absolute name', blob: tar(file(`${outside}/evil`)), inside: nested(outside, f) },
  {
    title: 'a name that climbs out of a directory',
    blob: tar(dir('a'), file('a/../../../evil')),
    inside: [d('a'), f('evil')],
  },
  { title: 'a name of nothing but dots', blob: tar(file('..')), refused: /entry "\.\.": it names the layer's root/ },
  {
    title: 'a file in the place of the root',
    blob: tar(file('./')),
    refused: /it names the layer's root, but is no directory/,
  },
  { title: 'a link in the place of the root', blob: tar(link('/', outside)), refused: /it names the layer's root/ },
  { title: 'an empty name', blob: tar(file('')), refused: /it names the layer's root/ },
  {
    title: 'two equal names',
    blob: tar(file('a'), file('a')),
    refused: /entry "a": duplicates of file paths not supported/,
  },
  { title: 'two spellings of a name', blob: tar(file('a'), file('./b/../a')), refused: /duplicates of file paths/ },
  { title: 'a name with a newline', blob: tar(file('a\nb')), inside: [f('a\nb')] },
  {
    title: 'a name with terminal commands',
    blob: tar(file('\x1b[2J'), file('\x1b[2J')),
    refused: /entry "\\u\{1b\}\[2J": dupl/,
  },
  { title: 'a name that is no UTF-8', blob: tar(file(Buffer.from('a\xff', 'latin1'))), inside: [f('a\ufffd')] },
  { title: 'a component of 255 bytes', blob: tar(long('n'.repeat(255))), inside: [f('n'.repeat(255))] },
  {
    title: 'a component of 256 bytes',
    blob: tar(long('n'.repeat(256))),
    refused: /openat: file name too long \(ENAMETOOLONG\)/,
  },
  { title: 'a name of 4,000 bytes', blob: tar(long('n/'.repeat(2000))), refused: /its name has more than 3072 bytes/ },
  { title: 'a name with a NUL by PAX', blob: tar(long('a\0b')), refused: /PAX record "path" holds a NUL/ },
  {
    title: 'a tree that links make deeper than any path',
    blob: tar(
      long('x/'.repeat(1400), '5'),
      { ...link('l', ''), pax: { linkpath: 'x/'.repeat(1400) } },
      long(`l/${'y/'.repeat(400)}f`),
    ),
    refused: /it lies too deep, by way of links/,
  },
]

const links = (outside: string): readonly HostileCase[] => [
  {
    title: 'a member below a link out',
    blob: tar(link('out', outside), file('out/evil')),
    refused: /its parent is a link to nothing/,
  },
  {
    title: 'a member below a link that climbs',
    blob: tar(dir('in'), link('in/up', '../../../../../in'), file('in/up/f')),
    inside: [d('in'), f('in/f'), l('in/up', '../../../../../in')],
  },
  {
    title: 'a member below a link to the root',
    blob: tar(link('root', '/'), file('root/evil')),
    inside: [f('evil'), l('root', '/')],
  },
  {
    title: 'a member below a chain of links out',
    blob: tar(link('a', 'b'), link('b', 'c'), link('c', `../..${outside}`), file('a/evil')),
    refused: /its parent is a link to nothing/,
  },
  {
    title: 'a member below a loop of links',
    blob: tar(link('a', 'b'), link('b', 'a'), file('a/f')),
    refused: /too many levels of symbolic links \(ELOOP\)/,
  },
  {
    title: 'a member below a file',
    blob: tar(file('a'), file('a/b')),
    refused: /entry "a\/b": openat2: not a directory \(ENOTDIR\)/,
  },
  {
    title: 'a file over a link out',
    blob: tar(link('./a', `${outside}/kept`), file('/a', 'new')),
    inside: [f('a', 3)],
  },
  {
    title: 'a directory over a link out',
    blob: tar(link('./a', outside), dir('/a'), file('a/b')),
    inside: [d('a'), f('a/b')],
  },
  {
    title: 'a file over a full directory',
    blob: tar(file('a/b/c'), link('a/l', outside), file('/a')),
    inside: [f('a')],
  },
  ...['dev', 'proc', 'sys', 'etc'].map(name => ({
    title: `/${name} as a link out`,
    blob: tar(link(name, outside), file(`${name}/evil`)),
    refused: /its parent is a link to nothing/,
  })),
  {
    title: 'a magic link',
    blob: tar(link('a', '/proc/self/root'), file('a/tmp/evil')),
    refused: /its parent is a link to nothing/,
  },
  {
    title: 'a hard link out',
    blob: tar(hardLink('a', `${outside}/kept`)),
    refused: /entry "a": openat2: no such file or directory/,
  },
  {
    title: 'a hard link that climbs',
    blob: tar(hardLink('a', '../../etc/passwd')),
    refused: /entry "a": openat2: no such file/,
  },
  {
    title: 'a hard link through a link out',
    blob: tar(link('out', outside), hardLink('a', 'out/kept')),
    refused: /entry "a": openat2: no such file/,
  },
  {
    title: 'a hard link to a link out, and a file over it',
    blob: tar(link('out', `${outside}/kept`), hardLink('./a', 'out'), file('/a', 'new')),
    inside: [f('a', 3), l('out', `${outside}/kept`)],
  },
  {
    title: 'the mode of a hard link to a link out',
    blob: tar(link('out', `${outside}/kept`), { ...hardLink('a', 'out'), mode: 0o4777, uid: 5 }),
    inside: [`120777 5:0 a -> ${outside}/kept`, `120777 5:0 out -> ${outside}/kept`],
  },
  {
    title: 'a hard link to a directory',
    blob: tar(dir('d'), hardLink('a', 'd')),
    refused: /hard link to "d": linkat: operation not permitted \(EPERM\)/,
  },
  { title: 'a hard link to the root', blob: tar(hardLink('a', '/')), refused: /hard link to "\/": linkat/ },
  { title: 'a hard link to itself', blob: tar(hardLink('a', 'a')), refused: /hard link to "a": linkat: no such file/ },
  {
    title: 'a hard link to a lower layer',
    blob: tar(hardLink('a', 'bin')),
    refused: /hard link to "bin": linkat: no such file/,
  },
  { title: 'an empty link', blob: tar(link('a', '')), refused: /entry "a": symlinkat: no such file/ },
]

const whiteouts = (outside: string): readonly HostileCase[] => [
  {
    title: 'a whiteout of ..',
    blob: tar(file('d/.wh...', '')),
    refused: /entry "d\/\.wh\.\.\.": a whiteout names nothing that can be hidden/,
  },
  { title: 'a whiteout of .', blob: tar(file('d/.wh..', '')), refused: /a whiteout names nothing/ },
  { title: 'a whiteout of nothing', blob: tar(file('.wh.', '')), refused: /a whiteout names nothing/ },
  { title: 'a whiteout with contents', blob: tar(file('.wh.a', 'data')), refused: /a whiteout has contents/ },
  {
    title: 'a whiteout of its own layer',
    blob: tar(file('a'), file('.wh.a', '')),
    refused: /hides an entry of its own layer/,
  },
  {
    title: 'a whiteout below a link out',
    blob: tar(link('o', outside), file('o/.wh.kept', '')),
    refused: /its parent is a link to nothing/,
  },
  {
    title: 'an opaque mark below a link out',
    blob: tar(link('o', outside), file('o/.wh..wh..opq', '')),
    refused: /its parent is a link/,
  },
  { title: 'a whiteout with a climbing name', blob: tar(file('../../.wh.etc', '')), inside: ['20000 0:0 etc'] },
]

const long = (path: string, type = '0'): Entry => file('short', type === '0' ? 'x' : '', { type, pax: { path } })
