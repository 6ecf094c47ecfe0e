/**
 * The weight of cgroup v2 (1 to 10000) for Docker's shares, by the rule of opencontainers/cgroups since 2025, under which
 * the default of both, 1024 and 100, mean each other.
 */
export function weightOfShares(shares: number): number {
  if (shares <= minShares) return 1
  if (shares >= maxShares) return 10000
  const log = Math.log2(shares)
  return Math.ceil(10 ** ((log * log + 125 * log) / 612 - 7 / 34))
}

/** The most shares that have this weight, or less where none has it. */
export function sharesOfWeight(weight: number): number {
  let low = minShares
  for (let high = maxShares; low < high; ) {
    const middle = Math.ceil((low + high) / 2)
    if (weightOfShares(middle) <= weight) low = middle
    else high = middle - 1
  }
  return low
}

const minShares = 2
const maxShares = 262144
