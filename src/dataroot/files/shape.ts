/** Says what is wrong with a value at a dotted path, or null when it is a `T`. */
export type Shape<T> = ((value: unknown, at: string) => string | null) & { readonly type?: T; readonly mayMiss?: true }

const wrong = (at: string, expected: string) => `${at === '' ? 'the file' : at} is not ${expected}`
const below = (at: string, key: string | number) => (at === '' ? `${key}` : `${at}.${key}`)
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const text: Shape<string> = (value, at) => (typeof value === 'string' ? null : wrong(at, 'a string'))
export const flag: Shape<boolean> = (value, at) => (typeof value === 'boolean' ? null : wrong(at, 'true or false'))
export const whole: Shape<number> = (value, at) => (Number.isSafeInteger(value) ? null : wrong(at, 'a whole number'))
export const number: Shape<number> = (value, at) => (Number.isFinite(value) ? null : wrong(at, 'a number'))
export const count: Shape<number> = (value, at) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? null : wrong(at, 'a number from 0')

export const matching =
  (pattern: RegExp, expected: string): Shape<string> =>
  (value, at) =>
    typeof value === 'string' && pattern.test(value) ? null : wrong(at, expected)

export const oneOf =
  <const T extends string | number>(...values: readonly T[]): Shape<T> =>
  (value, at) =>
    (values as readonly unknown[]).includes(value) ? null : wrong(at, values.join(' or '))

/** The version of our own files; a file of a later version is left to the program that wrote it. */
export const versionOne: Shape<1> = (value, at) =>
  value === 1 ? null : `${at} is ${JSON.stringify(value) ?? 'missing'}; this program reads version 1`

export const nullable =
  <T>(shape: Shape<T>): Shape<T | null> =>
  (value, at) =>
    value === null ? null : shape(value, at)

export const list =
  <T>(shape: Shape<T>): Shape<readonly T[]> =>
  (value, at) => {
    if (!Array.isArray(value)) return wrong(at, 'a list')
    return firstProblem(
      value.map((item, i) => [below(at, i), item] as const),
      shape,
    )
  }

export const mapOf =
  <T>(shape: Shape<T>): Shape<Readonly<Record<string, T>>> =>
  (value, at) => {
    if (!isObject(value)) return wrong(at, 'an object')
    return firstProblem(
      Object.entries(value).map(([key, item]) => [below(at, key), item] as const),
      shape,
    )
  }

/** For a field that an earlier version didn't write. */
export const optional = <T>(shape: Shape<T>): Shape<T> =>
  Object.assign((value: unknown, at: string) => shape(value, at), { mayMiss: true as const })

/** Every field must be there and fit; fields that are not named are left alone: a later program may add some. */
export const object =
  <T extends object>(fields: { readonly [K in keyof T]-?: Shape<T[K]> }): Shape<T> =>
  (value, at) => {
    if (!isObject(value)) return wrong(at, 'an object')
    for (const [key, shape] of Object.entries<Shape<unknown>>(fields)) {
      if (!Object.hasOwn(value, key) && shape.mayMiss) continue
      const problem = Object.hasOwn(value, key) ? shape(value[key], below(at, key)) : `${below(at, key)} is missing`
      if (problem !== null) return problem
    }
    return null
  }

/** A union told apart by the text of one field. */
export const union =
  <T extends object>(tag: string, shapes: Readonly<Record<string, Shape<unknown>>>): Shape<T> =>
  (value, at) => {
    const name = isObject(value) ? value[tag] : undefined
    const shape = typeof name === 'string' && Object.hasOwn(shapes, name) ? shapes[name] : undefined
    return shape === undefined ? wrong(below(at, tag), Object.keys(shapes).join(' or ')) : shape(value, at)
  }

export const either =
  <A, B>(first: Shape<A>, second: Shape<B>): Shape<A | B> =>
  (value, at) =>
    first(value, at) === null ? null : second(value, at)

function firstProblem<T>(items: readonly (readonly [string, unknown])[], shape: Shape<T>): string | null {
  for (const [at, item] of items) {
    const problem = shape(item, at)
    if (problem !== null) return problem
  }
  return null
}
