/** What a registry wants before it answers: `WWW-Authenticate` (RFC 9110 §11.6.1). */
export type Challenge =
  | { readonly scheme: 'bearer'; readonly realm: string; readonly service: string | null }
  | { readonly scheme: 'basic' }

const parameter = /^([A-Za-z0-9!#$%&'*+.^_`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))\s*(?:,\s*)?/
const schemeName = /^([A-Za-z][A-Za-z0-9-]*)(?:\s+|,|$)/

/** The challenge to answer: a Bearer one before a Basic one; null where there is none that we can answer. */
export function parseChallenge(header: string | undefined): Challenge | null {
  const found = challenges((header ?? '').slice(0, 8192))
  const bearer = found.find(one => one.scheme === 'bearer' && one.parameters.has('realm'))
  if (bearer !== undefined) {
    const { parameters } = bearer
    return { scheme: 'bearer', realm: parameters.get('realm') ?? '', service: parameters.get('service') ?? null }
  }
  return found.some(one => one.scheme === 'basic') ? { scheme: 'basic' } : null
}

function challenges(header: string): { readonly scheme: string; readonly parameters: Map<string, string> }[] {
  const found: { scheme: string; parameters: Map<string, string> }[] = []
  let rest = header.trim()
  while (rest !== '') {
    const pair = parameter.exec(rest)
    const current = found.at(-1)
    if (pair !== null && current !== undefined) {
      const [text, name = '', quoted, bare = ''] = pair
      current.parameters.set(name.toLowerCase(), quoted?.replaceAll(/\\(.)/g, '$1') ?? bare)
      rest = rest.slice(text.length)
      continue
    }
    const scheme = schemeName.exec(rest)
    if (scheme === null) break
    found.push({ scheme: (scheme[1] ?? '').toLowerCase(), parameters: new Map() })
    rest = rest.slice(scheme[0].length).replace(/^[\s,]+/, '')
  }
  return found
}
