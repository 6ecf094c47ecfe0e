const utf8 = new TextEncoder()

/** `TZ=…(3 bytes)`, or `TZ=UTC` when values may be shown. */
export const envTexts = (env: Readonly<Record<string, string>>, showValues: boolean): string[] =>
  Object.entries(env).map(([name, value]) => `${name}=${showValues ? value : hiddenValue(value)}`)

/** The same for JSON: name → value or `…(3 bytes)`. */
export const envObject = (
  env: Readonly<Record<string, string>>,
  showValues: boolean,
): Readonly<Record<string, string>> =>
  showValues ? env : Object.fromEntries(Object.entries(env).map(([name, value]) => [name, hiddenValue(value)]))

export const hiddenValue = (value: string) => `…(${utf8.encode(value).length} bytes)`
