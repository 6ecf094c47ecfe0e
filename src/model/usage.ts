/** What a container has used and uses now, at one moment; null where the kernel doesn't count it. */
export type UsageSample = {
  /** of a clock that never jumps */
  readonly atMs: number
  /** totals since its start */
  readonly cpuMs: number | null
  /** enforcement periods of the quota, and those in which it was used up */
  readonly cpuPeriods: number | null
  readonly cpuThrottledPeriods: number | null
  readonly cpuThrottledMs: number | null
  readonly memoryWithCacheBytes: number | null
  /** without the file pages that the kernel takes away first, as docker counts it */
  readonly memoryBytes: number | null
  /** the most of memoryWithCacheBytes */
  readonly memoryPeakBytes: number | null
  readonly pids: number | null
  readonly io: IoTotals
  /** null: it has no network of its own beside its loopback */
  readonly network: NetworkTotals | null
}

/** Over its interfaces but the loopback. */
export type NetworkTotals = {
  readonly receivedBytes: number
  readonly receivedPackets: number
  readonly sentBytes: number
  readonly sentPackets: number
}

/** Of block devices. */
export type IoTotals = {
  readonly readBytes: number | null
  readonly writtenBytes: number | null
  readonly readOperations: number | null
  readonly writtenOperations: number | null
}
