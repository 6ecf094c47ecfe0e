type Places = { readonly root: string; readonly run: string }

/**
 * The lines of a dockerd's log that warn. Once it is told to end, an engine complains of its own connection to containerd,
 * or not: that is a race in it.
 */
export function warningsIn(log: string, places: Places): string[] {
  const lines = log.split('\n')
  const told = lines.findIndex(line => line.includes('Processing signal'))
  return lines
    .filter((line, i) => isWarning(line) && !(told >= 0 && i > told && isOfContainerd(line)))
    .map(line => withoutPlaces(line, places))
}

const isWarning = (line: string) => /level=(warning|error|fatal|panic)|^panic/.test(line)
const isOfContainerd = (line: string) =>
  /module=libcontainerd|containerd API is ready|client connection is closing/.test(line)

/** What a line says of any engine: without its time, ids, and the places of this one. */
const withoutPlaces = (line: string, { root, run }: Places) =>
  line
    .replace(/^time="[^"]*" /, '')
    .replaceAll(run, '<run>')
    .replaceAll(root, '<root>')
    .replaceAll(/[0-9a-f]{64}/g, '<id>')
