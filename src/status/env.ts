const utf8 = new TextEncoder()

/** `TZ=…(3 bytes)`, or `TZ=UTC` when values may be shown. */
export const envTexts = (env: Readonly<Record<string, string>>, showValues: boolean): string[] =>
  Object.entries(env).map(([name, value]) => `${name}=${showValues ? value : hidden(value)}`)

/** The same for JSON: name → value or `…(3 bytes)`. */
export const envObject = (
  env: Readonly<Record<string, string>>,
  showValues: boolean,
): Readonly<Record<string, string>> =>
  showValues ? env : Object.fromEntries(Object.entries(env).map(([name, value]) => [name, hidden(value)]))

const hidden = (value: string) => `…(${utf8.encode(value).length} bytes)`
