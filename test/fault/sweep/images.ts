import { readFileSync } from 'node:fs'
import { dockerArchive } from '../../support/docker-archive.ts'
import { realImage } from '../../support/image-shop.ts'
import type { SmallImage } from '../../support/registry-image.ts'
import { dir, file, hardLink, link, tar } from '../../support/tar.ts'

const base = tar(
  dir('etc/'),
  file('etc/passwd', 'root:x:0:0::/:/bin/sh\n'),
  dir('srv/'),
  file('srv/gone'),
  dir('srv/hidden/'),
  file('srv/hidden/below'),
)

/** What an unpacker can meet in a layer, each once. */
const top = tar(
  dir('srv/'),
  file('srv/.wh.gone', ''),
  dir('srv/hidden/'),
  file('srv/hidden/.wh..wh..opq', ''),
  file('srv/hidden/new', 'y'.repeat(70_000)),
  dir('data/', { mode: 0o1777 }),
  file('data/tool', '#!', { mode: 0o4755, uid: 7, gid: 8 }),
  hardLink('data/same', 'data/tool'),
  link('data/away', '/etc/passwd'),
  file('data/tagged', 'z', { pax: { 'SCHILY.xattr.user.tag': 'kept' } }),
  { name: 'data/pipe', type: '6', mode: 0o600 },
)

const programs = tar(
  dir('bin/'),
  { name: 'bin/busybox', content: readFileSync('/usr/bin/busybox'), mode: 0o755 },
  ...['sh', 'sleep', 'cat', 'ls'].map(name => link(`bin/${name}`, 'busybox')),
)

const layersOf = {
  base: [base],
  app: [base, top, tar(file('release', 'one\n'))],
  web: [base, programs, top],
  next: [base, programs, top, tar(file('release', 'two\n'))],
} as const

/** Waits for its end, and hears of it. */
const service = {
  Cmd: ['sh', '-c', 'trap "exit 0" TERM; echo up; while :; do sleep 0.05; done'],
  Env: ['PATH=/bin'],
  Volumes: { '/data': {} },
}

/** By repository, each under the tag 1. */
export const images = {
  base: realImage(layersOf.base),
  app: realImage(layersOf.app),
  web: realImage(layersOf.web, { config: service }),
  next: realImage(layersOf.next, { config: service }),
} satisfies Readonly<Record<string, SmallImage>>

export const archiveOf = (name: keyof typeof images): Buffer => dockerArchive(`${name}:1`, layersOf[name])
