// Makes src/manifest/generated/ from schemas/manifest/: precompiled validators, and the types of what they accept.
// With --check it writes nothing and exits 1 where a committed file differs.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { compile } from 'json-schema-to-typescript'
import { Ajv2020 } from 'ajv/dist/2020.js'
import standalone from 'ajv/dist/standalone/index.js'

const root = join(import.meta.dirname, '..')
const schemaDirectory = join(root, 'schemas/manifest')
const generatedDirectory = join(root, 'src/manifest/generated')
const kinds = ['container', 'volume'] as const
const banner = '// Generated from schemas/manifest/ by scripts/generate.ts; do not edit.'

type Schema = { readonly title: string; readonly $id: string } & Readonly<Record<string, unknown>>

const schemas: readonly Schema[] = kinds.map(kind =>
  JSON.parse(readFileSync(join(schemaDirectory, `${kind}.schema.json`), 'utf8')),
)
const files: Readonly<Record<string, string>> = {
  'validators.js': await validators(),
  'validators.d.ts': validatorTypes(),
  'manifests.ts': await manifestTypes(),
}

if (process.argv.includes('--check')) check()
else write()

function check(): void {
  const stale = Object.entries(files).filter(([name, text]) => current(name) !== text)
  for (const [name] of stale) {
    process.stderr.write(`src/manifest/generated/${name} is not what its schema says; run \`npm run generate\`\n`)
  }
  process.exitCode = stale.length === 0 ? 0 : 1
}

function write(): void {
  mkdirSync(generatedDirectory, { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(generatedDirectory, name), text)
}

function current(name: string): string | null {
  try {
    return readFileSync(join(generatedDirectory, name), 'utf8')
  } catch {
    return null
  }
}

/** ajv's own ESM output imports CommonJS helpers by require, so its CommonJS output is bundled instead. */
async function validators(): Promise<string> {
  const ajv = new Ajv2020({
    schemas: [...schemas],
    allErrors: true,
    verbose: true,
    strict: true,
    allowUnionTypes: true,
    strictRequired: false,
    discriminator: true,
    code: { source: true, esm: false, lines: true },
    keywords: ['x-must'],
  })
  const names = Object.fromEntries(schemas.map(schema => [`validate${schema.title}`, schema.$id]))
  const result = await build({
    stdin: {
      contents: `export { ${Object.keys(names).join(', ')} } from 'compiled'`,
      resolveDir: root,
    },
    plugins: [
      {
        name: 'compiled',
        setup: builder => {
          builder.onResolve({ filter: /^compiled$/ }, () => ({ path: 'compiled', namespace: 'ajv' }))
          builder.onLoad({ filter: /.*/, namespace: 'ajv' }, () => ({
            contents: standalone.default(ajv, names),
            resolveDir: root,
          }))
        },
      },
    ],
    absWorkingDir: root,
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    target: 'node24',
    minifyWhitespace: true,
    lineLimit: 160,
    legalComments: 'none',
    banner: { js: banner },
  })
  return result.outputFiles[0]?.text ?? ''
}

function validatorTypes(): string {
  const lines = schemas.map(
    schema => `export const validate${schema.title}: { (value: unknown): boolean; errors?: SchemaError[] | null }`,
  )
  return `${banner}
export type SchemaError = {
  readonly instancePath: string
  readonly schemaPath: string
  readonly keyword: string
  readonly params: Readonly<Record<string, unknown>>
  readonly parentSchema: Readonly<Record<string, unknown>>
  readonly data: unknown
}
${lines.join('\n')}
`
}

async function manifestTypes(): Promise<string> {
  const texts = await Promise.all(
    schemas.map(schema =>
      compile(structuredClone(schema) as never, schema.title, {
        bannerComment: '',
        additionalProperties: false,
        cwd: schemaDirectory,
        style: { semi: false, singleQuote: true, printWidth: 120 },
      }),
    ),
  )
  return `${banner}\n${texts.join('\n')}`
}
