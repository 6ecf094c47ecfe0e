import { sha256 } from './registry-client.ts'
import { json } from './registry-image.ts'
import { tar } from './tar.ts'
import type { Entry } from './tar.ts'

/** What `docker save` of an engine before 25 writes, made by hand; `defaults` is what its containers get. */
export function dockerArchive(
  tag: string,
  layers: readonly Buffer[],
  more: readonly Entry[] = [],
  defaults: object = {},
): Buffer {
  const config = json({
    os: 'linux',
    config: defaults,
    architecture: { x64: 'amd64', arm64: 'arm64' }[process.arch as 'x64'],
    rootfs: { type: 'layers', diff_ids: layers.map(sha256) },
  })
  const names = layers.map((_, i) => `${`${i}`.padStart(64, '0')}/layer.tar`)
  const configName = `${sha256(config).slice('sha256:'.length)}.json`
  return tar(
    ...layers.map((content, i): Entry => ({ name: names[i] ?? '', content })),
    { name: configName, content: config },
    { name: 'manifest.json', content: json([{ Config: configName, RepoTags: [tag], Layers: names }]) },
    ...more,
  )
}
