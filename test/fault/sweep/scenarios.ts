import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Stage } from './stage.ts'

/** A command that changes the data-root, what stands there before it, and what afterwards. */
export type Scenario = {
  /** Once: makes what every round begins with. Nothing runs then. */
  readonly prepare: (stage: Stage) => Promise<void>
  /** In each round, what no copy of files can be: something that runs. */
  readonly begin?: (stage: Stage) => Promise<void>
  readonly command: (stage: Stage) => readonly string[]
  /** How people go on where the command alone, after it was killed, isn't enough. */
  readonly repeat?: (stage: Stage) => Promise<void>
  /** names of images that are committed before, and whatever happens stay */
  readonly staying: readonly string[]
  /** names of images and containers that are there once the command got to its end */
  readonly finished: { readonly images: readonly string[]; readonly containers: readonly string[] }
}

/** `base:1` for `<registry>/base:1`. */
const at = (stage: Stage, name: string) => `${stage.shop.host}/${name}`
const pull = (stage: Stage, ...names: readonly string[]) =>
  stage.lab.expect(0, 'images', 'pull', ...names.map(name => at(stage, name)))

const manifest = (image: string, mounts = keptAt(false)) => `apiVersion: reconcile/v1
kind: Container
metadata: { name: web }
spec:
  image: "${image}"
  stop: { grace: 2s }
  mounts: [ ${mounts} ]
`
const keptAt = (readOnly: boolean) => `{ type: volume, name: kept, target: /srv, readOnly: ${readOnly} }`
const volumeAt = (name: string) => `{ type: volume, name: ${name}, target: /${name} }`

const declare = (stage: Stage, name: string, mounts?: string) =>
  stage.lab.write('web.yaml', manifest(at(stage, name), mounts))
const once = (stage: Stage) => ['--once', stage.lab.manifests]

const imageScenarios = {
  pull: {
    prepare: stage => pull(stage, 'base:1').then(() => undefined),
    command: stage => ['images', 'pull', at(stage, 'app:1')],
    staying: ['base:1'],
    finished: { images: ['app:1', 'base:1'], containers: [] },
  },
  load: {
    prepare: stage => pull(stage, 'base:1').then(() => undefined),
    command: stage => ['images', 'load', stage.archive],
    staying: ['base:1'],
    finished: { images: ['app:1', 'base:1'], containers: [] },
  },
  rm: {
    prepare: stage => pull(stage, 'base:1', 'app:1').then(() => undefined),
    command: stage => ['images', 'rm', at(stage, 'app:1')],
    repeat: async stage => {
      const listed = (await stage.lab.expect(0, 'images')).stdout
      if (/\/app +1 /.test(listed)) await stage.lab.expect(0, 'images', 'rm', at(stage, 'app:1'))
      else await stage.lab.expect(0, 'images', 'gc', '--remove')
    },
    staying: ['base:1'],
    finished: { images: ['base:1'], containers: [] },
  },
  gc: {
    prepare: async stage => {
      await pull(stage, 'base:1', 'app:1')
      // the name goes elsewhere, and the image that had it stays without one
      await stage.lab.expect(0, 'images', 'tag', at(stage, 'base:1'), at(stage, 'app:1'))
    },
    command: () => ['images', 'gc', '--remove'],
    staying: ['base:1'],
    finished: { images: ['app:1', 'base:1'], containers: [] },
  },
} satisfies Readonly<Record<string, Scenario>>

const containerScenarios = {
  create: {
    prepare: async stage => {
      await pull(stage, 'web:1')
      declare(stage, 'web:1')
    },
    command: once,
    staying: ['web:1'],
    finished: { images: ['web:1'], containers: ['web'] },
  },
  replace: {
    prepare: stage => pull(stage, 'web:1', 'next:1').then(() => undefined),
    begin: async stage => {
      declare(stage, 'web:1')
      await stage.lab.expect(0, ...once(stage))
      declare(stage, 'next:1')
    },
    command: once,
    staying: ['next:1', 'web:1'],
    finished: { images: ['next:1', 'web:1'], containers: ['web'] },
  },
  mounts: {
    prepare: stage => pull(stage, 'web:1').then(() => undefined),
    begin: async stage => {
      declare(stage, 'web:1', `${keptAt(false)}, ${volumeAt('old')}`)
      await stage.lab.expect(0, ...once(stage))
      writeFileSync(pidFile(stage), `${await stage.lab.pid('web')}`)
      // the image has something there, with which a new volume begins
      declare(stage, 'web:1', `${keptAt(true)}, ${volumeAt('bin')}`)
    },
    command: once,
    repeat: async stage => {
      await stage.lab.expect(0, ...once(stage))
      await stage.lab.expect(0, 'plan', stage.lab.manifests)
      const pid = await stage.lab.pid('web')
      assert.equal(`${pid}`, readFileSync(pidFile(stage), 'utf8'), 'it keeps running')
      assert.deepEqual(mountsOf(pid), ['/bin rw', '/srv ro'])
      assert.ok(readdirSync(`/proc/${pid}/root/bin`).includes('busybox'), 'what the image has there')
    },
    staying: ['web:1'],
    finished: { images: ['web:1'], containers: ['web'] },
  },
  remove: {
    prepare: async stage => {
      await pull(stage, 'web:1')
      declare(stage, 'web:1')
    },
    begin: stage => stage.lab.expect(0, ...once(stage)).then(() => undefined),
    command: stage => ['down', stage.lab.manifests],
    staying: ['web:1'],
    finished: { images: ['web:1'], containers: [] },
  },
} satisfies Readonly<Record<string, Scenario>>

const pidFile = ({ lab }: Stage) => join(lab.folder, 'pid')

/** Of those that the scenario declares. */
const mountsOf = (pid: number): string[] =>
  readFileSync(`/proc/${pid}/mountinfo`, 'utf8')
    .split('\n')
    .map(line => line.split(' '))
    .filter(([, , , , point]) => point === '/srv' || point === '/old' || point === '/bin')
    .map(([, , , , point, options]) => `${point} ${options?.split(',')[0]}`)
    .sort()

export type ScenarioName = keyof typeof imageScenarios | keyof typeof containerScenarios
export const scenarios: Readonly<Record<ScenarioName, Scenario>> = { ...imageScenarios, ...containerScenarios }

export const namesOf = (references: readonly { readonly reference: string }[]): string[] =>
  references
    .map(({ reference }) => reference)
    .filter(reference => !reference.includes('@'))
    .map(reference => reference.split('/').at(-1) ?? '')
    .sort()
