// Generated from schemas/manifest/ by scripts/generate.ts; do not edit.
export type SchemaError = {
  readonly instancePath: string
  readonly schemaPath: string
  readonly keyword: string
  readonly params: Readonly<Record<string, unknown>>
  readonly parentSchema: Readonly<Record<string, unknown>>
  readonly data: unknown
}
export const validateContainerManifest: { (value: unknown): boolean; errors?: SchemaError[] | null }
export const validateVolumeManifest: { (value: unknown): boolean; errors?: SchemaError[] | null }
export const validateNetworkManifest: { (value: unknown): boolean; errors?: SchemaError[] | null }
