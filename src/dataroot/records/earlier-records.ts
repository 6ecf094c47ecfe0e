type Fields = Readonly<Record<string, unknown>>

/** A container's record as a program without images wrote it, with the fields that came later and what was true then. */
export function completedRecord(value: unknown): unknown {
  if (!isFields(value)) return value
  return { image: null, ...value, ...inside(value, 'declaration', completedDeclaration) }
}

function completedDeclaration(declaration: Fields): Fields {
  return { pull: 'missing', heal: 'auto', ...declaration, ...inside(declaration, 'spec', completedSpec) }
}

function completedSpec(spec: Fields): Fields {
  const { mounts } = spec
  return { image: null, ...spec, ...(Array.isArray(mounts) ? { mounts: mounts.map(completedMount) } : {}) }
}

const completedMount = (mount: unknown): unknown =>
  isFields(mount) && mount['type'] === 'volume' ? { noCopy: false, ...mount } : mount

function inside(fields: Fields, key: string, complete: (inner: Fields) => Fields): Fields {
  const inner = fields[key]
  return isFields(inner) ? { [key]: complete(inner) } : {}
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
