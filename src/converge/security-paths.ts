/** Docker's defaults (docker-data-root §6). */
export const defaultMaskedPaths: readonly string[] = [
  ...['asound', 'acpi', 'kcore', 'keys', 'latency_stats', 'timer_list', 'timer_stats', 'sched_debug', 'scsi'].map(
    name => `/proc/${name}`,
  ),
  '/sys/firmware',
]

export const defaultReadonlyPaths: readonly string[] = ['bus', 'fs', 'irq', 'sys', 'sysrq-trigger'].map(
  name => `/proc/${name}`,
)
