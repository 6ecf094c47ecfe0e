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
/** Where the schema of each kind stands: the container's file lets editors check the other kinds of a file too. */
const kinds = [
  { title: 'ContainerManifest', file: 'container.schema.json', fragment: '#/$defs/manifest' },
  { title: 'VolumeManifest', file: 'volume.schema.json', fragment: '' },
  { title: 'NetworkManifest', file: 'network.schema.json', fragment: '' },
]
const banner = '// Generated from schemas/manifest/ by scripts/generate.ts; do not edit.'

const schemas = kinds.map(({ file }) => JSON.parse(readFileSync(join(schemaDirectory, file), 'utf8')))
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
    schemas,
    allErrors: true,
    verbose: true,
    strict: true,
    allowUnionTypes: true,
    strictRequired: false,
    discriminator: true,
    code: { source: true, esm: false, lines: true },
    keywords: ['x-must'],
  })
  const names = Object.fromEntries(kinds.map(({ title, file, fragment }) => [`validate${title}`, file + fragment]))
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
  const lines = kinds.map(
    ({ title }) => `export const validate${title}: { (value: unknown): boolean; errors?: SchemaError[] | null }`,
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
    kinds.map(({ title, fragment }, index) => {
      const { $defs, ...whole } = structuredClone(schemas[index])
      const schema = fragment === '' ? whole : $defs.manifest
      return compile({ ...schema, $defs }, title, {
        bannerComment: '',
        additionalProperties: false,
        cwd: schemaDirectory,
        style: { semi: false, singleQuote: true, printWidth: 120 },
      })
    }),
  )
  return `${banner}\n${texts.join('\n')}`
}
