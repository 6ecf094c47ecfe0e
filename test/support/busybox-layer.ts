import { readFileSync } from 'node:fs'
import { link } from './tar.ts'
import type { Entry } from './tar.ts'

/** `bin/` with a static busybox under these names, as members of a layer. */
export const busybox = (...names: readonly string[]): Entry[] => [
  { name: 'bin/', type: '5', mode: 0o755 },
  { name: 'bin/busybox', content: readFileSync('/usr/bin/busybox'), mode: 0o755 },
  ...names.map(name => link(`bin/${name}`, 'busybox')),
]
