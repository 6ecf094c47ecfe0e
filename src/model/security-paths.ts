import type { ContainerSpec } from './desired.ts'

/** Docker's defaults (docker-data-root §6). */
const defaultMaskedPaths: readonly string[] = [
  ...['asound', 'acpi', 'kcore', 'keys', 'latency_stats', 'timer_list', 'timer_stats', 'sched_debug', 'scsi'].map(
    name => `/proc/${name}`,
  ),
  '/sys/firmware',
]

const defaultReadonlyPaths: readonly string[] = ['bus', 'fs', 'irq', 'sys', 'sysrq-trigger'].map(
  name => `/proc/${name}`,
)

type Security = ContainerSpec['security']

export const maskedPathsOf = ({ maskedPaths }: Security): readonly string[] =>
  maskedPaths === 'default' ? defaultMaskedPaths : maskedPaths

export const readonlyPathsOf = ({ readonlyPaths }: Security): readonly string[] =>
  readonlyPaths === 'default' ? defaultReadonlyPaths : readonlyPaths
