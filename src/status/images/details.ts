import type { ImageConfig } from '../../model/image-config.ts'
import type { ImageLayerRow, ImageRow } from '../../model/image-row.ts'
import { clean } from '../text/clean.ts'
import { columns } from '../text/columns.ts'
import { hiddenValue } from '../text/env.ts'
import { createdText } from './images.ts'
import { sizeText } from '../text/units.ts'
import { shortDigest } from '../text/words.ts'

type Details = {
  readonly row: ImageRow
  readonly config: ImageConfig
  readonly layers: readonly ImageLayerRow[]
}

/** `{ id, tags, digests, created, author, os, architecture, variant, sizeBytes, config, layers, history }` */
export const imageJson = ({ row, config, layers }: Details, showValues: boolean) => ({
  id: row.imageId,
  tags: row.tags,
  digests: row.digests,
  created: config.created,
  author: config.author,
  os: config.os,
  architecture: config.architecture,
  variant: config.variant,
  sizeBytes: row.sizeBytes,
  config: { ...config.defaults, env: showValues ? config.defaults.env : config.defaults.env.map(hidden) },
  layers,
  history: config.history,
})

const hidden = (entry: string): string => {
  const equals = entry.indexOf('=')
  return equals === -1 ? entry : `${entry.slice(0, equals)}=${hiddenValue(entry.slice(equals + 1))}`
}

/** What `images inspect` shows people: a line a fact, then a line a layer. */
export function imageText({ row, config, layers }: Details, showValues: boolean): string {
  const { defaults } = config
  const platform = [row.os, row.architecture, config.variant].filter(Boolean).join('/')
  const facts: readonly (readonly [string, string])[] = [
    ['id', row.imageId],
    ...row.tags.map(tag => ['tag', tag] as const),
    ...row.digests.map(digest => ['digest', digest] as const),
    ['created', config.created ?? ''],
    ['platform', platform],
    ['size', sizeText(row.sizeBytes)],
    ['entrypoint', wordsText(defaults.entrypoint)],
    ['command', wordsText(defaults.command)],
    ['user', defaults.user],
    ['working dir', defaults.workingDir],
    ['ports', defaults.exposedPorts.join(' ')],
    ['volumes', defaults.volumes.join(' ')],
    ['stop signal', defaults.stopSignal],
    ...defaults.env.map(entry => ['env', showValues ? entry : hidden(entry)] as const),
    ...Object.entries(defaults.labels).map(([key, value]) => ['label', `${key}=${value}`] as const),
    ...layers.map(layer => ['layer', `${shortDigest(layer.diffId)}  ${sizeText(layer.sizeBytes)}`] as const),
  ]
  return columns(
    facts.filter(([, value]) => value !== ''),
    [
      { least: 12, gap: 2 },
      { least: 0, gap: 2 },
    ],
  ).join('\n')
}

const wordsText = (words: readonly string[] | null): string => (words === null ? '' : JSON.stringify(words))

/** A line a step that made the image, the newest first, as `docker history` has it. */
export function historyText(details: Details, nowMs: number): string {
  const rows = historyRows(details).map(({ created, createdBy, sizeBytes, comment }) => [
    createdText(created ?? '', nowMs),
    sizeText(sizeBytes),
    clean(createdBy),
    clean(comment),
  ])
  const heading = ['CREATED', 'SIZE', 'CREATED BY', 'COMMENT']
  return columns(
    [heading, ...rows],
    heading.map(() => ({ least: 0, gap: 2 })),
  ).join('\n')
}

/** The steps with the layers that they made; layers of which no step tells come as steps without words. */
export function historyRows({ config, layers }: Details) {
  let used = 0
  const told = config.history.map(({ created, createdBy, comment, emptyLayer }) => {
    const layer = emptyLayer ? undefined : layers[used++]
    return { created, createdBy, comment, layer: layer?.diffId ?? null, sizeBytes: layer?.sizeBytes ?? 0 }
  })
  const rest = layers.slice(used).map(({ diffId, sizeBytes }) => {
    return { created: null, createdBy: '', comment: '', layer: diffId, sizeBytes }
  })
  return [...told, ...rest].reverse()
}
