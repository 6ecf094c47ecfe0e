import type { TestContext } from 'node:test'
import { openImageStores } from '../../src/dataroot/images/open-stores.ts'
import type { DataRootPaths, ImagePaths } from '../../src/dataroot/layout/paths.ts'
import { expectOk, temporaryRoot } from './dataroot-lab.ts'

export const base = [
  { name: 'etc/', mode: 0o700 },
  { name: 'etc/gone', content: 'x' },
  { name: 'etc/kept', content: 'kept' },
]
export const top = [{ name: 'etc/', mode: 0o750 }, { name: 'etc/.wh.gone' }, { name: 'etc/new', content: 'new' }]
export const id = 'c0'.repeat(32)

type Place = { readonly paths: DataRootPaths; readonly at: ImagePaths }
export const open = (t: TestContext): Place => {
  const paths = temporaryRoot(t)
  return { paths, at: expectOk(openImageStores(paths)) }
}
export const name = (tag: string) => ({ repository: 'web', reference: `web:${tag}` })
export const known = <T>(
  value: { readonly known: true; readonly value: T } | { readonly known: false; readonly why: string },
) => {
  if (!value.known) throw new Error(value.why)
  return value.value
}
