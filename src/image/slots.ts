/** Runs at most so many at once, in the order in which they came. */
export function slots(count: number): <T>(act: () => Promise<T>) => Promise<T> {
  let free = count
  const waiting: (() => void)[] = []
  return async act => {
    if (free > 0) free -= 1
    else await new Promise<void>(resolve => waiting.push(resolve))
    try {
      return await act()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next()
    }
  }
}
