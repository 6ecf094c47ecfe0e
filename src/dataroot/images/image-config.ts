import { fail, ok } from '../../model/errors.ts'
import type { Result } from '../../model/errors.ts'
import type { ImageConfig, ImageDefaults, ImageHealthcheck, ImageHistoryItem } from '../../model/image-config.ts'
import { isDigest, mostLayers } from './digest.ts'
import { field, fieldsOf, flagField, keysField, numberField, parseJson, parsed, textField } from './json-fields.ts'
import { textsField, wrong } from './json-fields.ts'
import type { Fields } from './json-fields.ts'

export const mostConfigBytes = 8 * 1024 * 1024

/** An image's configuration from its bytes (docker-data-root §3.2, §10), which may be hostile; E_SPEC says what is wrong. */
export function parseImageConfig(bytes: Uint8Array): Result<ImageConfig> {
  const read = parsed(() => {
    if (bytes.length > mostConfigBytes) wrong(`${bytes.length} bytes, more than the ${mostConfigBytes} that are read`)
    return configOf(fieldsOf(parseJson(bytes), 'it'))
  })
  return 'value' in read ? ok(read.value) : fail({ code: 'E_SPEC', message: `image configuration: ${read.why}` })
}

function configOf(top: Fields): ImageConfig {
  const diffIds = diffIdsOf(field(top, 'rootfs'))
  const history = listOf(field(top, 'history'), 'history').map(historyItem)
  const filled = history.filter(({ emptyLayer }) => !emptyLayer).length
  if (filled > diffIds.length) wrong(`history tells of ${filled} layers, rootfs of ${diffIds.length}`)
  return {
    architecture: textField(top, 'architecture'),
    os: textField(top, 'os'),
    variant: textField(top, 'variant'),
    created: textField(top, 'created') || null,
    author: textField(top, 'author'),
    diffIds,
    history,
    defaults: defaultsOf(fieldsOf(field(top, 'config') ?? {}, 'config')),
  }
}

function diffIdsOf(value: unknown): readonly string[] {
  if (value === null) wrong('it has no rootfs')
  const rootfs = fieldsOf(value, 'rootfs')
  if (textField(rootfs, 'type') !== 'layers') wrong('rootfs.type is not layers')
  const diffIds = listOf(field(rootfs, 'diff_ids'), 'rootfs.diff_ids')
  if (diffIds.length > mostLayers) wrong(`${diffIds.length} layers, more than the ${mostLayers} that an image can have`)
  return diffIds.every(isDigest) ? diffIds : wrong('rootfs.diff_ids holds what is no sha256 digest')
}

function historyItem(value: unknown, index: number): ImageHistoryItem {
  const item = fieldsOf(value, `history.${index}`)
  return {
    created: textField(item, 'created') || null,
    createdBy: textField(item, 'created_by'),
    comment: textField(item, 'comment'),
    author: textField(item, 'author'),
    emptyLayer: flagField(item, 'empty_layer'),
  }
}

function defaultsOf(config: Fields): ImageDefaults {
  const stopTimeout = field(config, 'StopTimeout')
  return {
    user: textField(config, 'User'),
    exposedPorts: keysField(config, 'ExposedPorts'),
    env: textsField(config, 'Env') ?? [],
    entrypoint: wordsField(config, 'Entrypoint'),
    command: wordsField(config, 'Cmd'),
    volumes: keysField(config, 'Volumes'),
    workingDir: textField(config, 'WorkingDir'),
    labels: labelsOf(config),
    stopSignal: textField(config, 'StopSignal'),
    stopTimeoutSeconds: stopTimeout === null ? null : numberField(config, 'StopTimeout'),
    shell: wordsField(config, 'Shell'),
    onBuild: textsField(config, 'OnBuild') ?? [],
    healthcheck: healthcheckOf(field(config, 'Healthcheck')),
  }
}

/** A single text stands for a list of one. */
function wordsField(config: Fields, name: string): readonly string[] | null {
  return typeof field(config, name) === 'string' ? [textField(config, name)] : textsField(config, name)
}

function labelsOf(config: Fields): Readonly<Record<string, string>> {
  const labels = field(config, 'Labels')
  if (labels === null) return {}
  const { values } = fieldsOf(labels, 'config.Labels')
  // an own property whatever the key: `__proto__` is a label like any other
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) =>
      value === null || typeof value === 'string' ? [key, value ?? ''] : wrong('config.Labels holds what is no text'),
    ),
  )
}

function healthcheckOf(value: unknown): ImageHealthcheck | null {
  if (value === null) return null
  const check = fieldsOf(value, 'config.Healthcheck')
  return {
    test: textsField(check, 'Test') ?? [],
    intervalNs: numberField(check, 'Interval'),
    timeoutNs: numberField(check, 'Timeout'),
    startPeriodNs: numberField(check, 'StartPeriod'),
    startIntervalNs: numberField(check, 'StartInterval'),
    retries: numberField(check, 'Retries'),
  }
}

function listOf(value: unknown, at: string): readonly unknown[] {
  if (value === null) return []
  return Array.isArray(value) ? value : wrong(`${at} is not a list`)
}
