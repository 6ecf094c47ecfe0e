import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { ObservedVolume } from '../../../src/model/observed.ts'
import { doctorText, type DoctorLine } from '../../../src/status/host/doctor.ts'
import { exitCodeOfDoctor } from '../../../src/status/exit-code.ts'
import { needsRootLine, needsWatcherLine, validLine, watchingLine } from '../../../src/status/text/lines.ts'
import { summaryText } from '../../../src/status/objects/summary.ts'
import { volumesTable, volumeUses } from '../../../src/status/objects/volumes.ts'
import * as facts from './facts.ts'

const { show } = facts
const fine = (name: string, found: string): DoctorLine => ({ name, found, verdict: 'ok', advice: null })
const lines = [
  fine('kernel', '6.8.0 x86_64'),
  fine('cgroups', 'v1: memory cpu cpuset pids blkio (hybrid)'),
  fine('storage', 'overlay on /var/lib/reconcile'),
  fine('core', 'abi 1.0'),
  fine('engines', 'no other engine holds /var/lib/reconcile'),
]

test('doctor says line by line what is there', () => {
  equal(
    doctorText(lines, show),
    `kernel    6.8.0 x86_64                                      ok
cgroups   v1: memory cpu cpuset pids blkio (hybrid)         ok
storage   overlay on /var/lib/reconcile                     ok
core      abi 1.0                                           ok
engines   no other engine holds /var/lib/reconcile          ok`,
  )
  equal(exitCodeOfDoctor(lines), 0)
})

test('a long finding moves no other line', () => {
  const found = 'policy drop of chain FORWARD in table ip filter: packets to published ports, what containers send out'
  const long: DoctorLine = { name: 'network', found, verdict: 'limited', advice: 'let it through' }
  equal(
    doctorText([fine('core', 'abi 1.0'), long], show),
    `core      abi 1.0                                           ok
network   ${found}   limited
          let it through`,
  )
})

test('what doctor misses comes with what to do about it', () => {
  const missing: DoctorLine = { name: 'core', found: 'not built', verdict: 'missing', advice: 'run `npm run build`' }
  equal(
    doctorText([missing], show),
    `core      not built                                         missing
          run \`npm run build\``,
  )
  equal(exitCodeOfDoctor([...lines, missing]), 1)
})

test('the lines of a watcher, of missing rights and of a good manifest', () => {
  equal(
    watchingLine(['manifests/'], 1, 1),
    'watching manifests/ (1 file), 1 container; Ctrl-C leaves containers running',
  )
  equal(needsRootLine(1000), 'reconcile needs root to change this host (uid 1000). `plan` and `validate` work without.')
  equal(validLine(1, facts.desired()), '1 file, no errors: 1 container, 1 volume')
})

test('a manifest that relies on restarts is told to need a watcher; a default is not', () => {
  equal(needsWatcherLine(facts.desired()), null)
  equal(
    needsWatcherLine(facts.desired([{ ...facts.hello(), declaresRestart: true }])),
    'hello asks for restarts: they need a watcher (`reconcile DIR`), or the next `--once`',
  )
})

const volume = (name: string, anonymous: boolean): ObservedVolume => ({
  name,
  origin: anonymous ? null : facts.beat.origin,
  removal: 'keep',
  labels: {},
  anonymous,
})

test('volumes ls tells who uses a volume', () => {
  const container = { ...facts.observedHello(facts.running()), anonymousVolumes: { '/cache': 'f'.repeat(64) } }
  const volumes = [volume('beat', false), volume('f'.repeat(64), true), volume('old', false)]
  equal(
    volumesTable(volumeUses(volumes, [container]), show),
    `NAME          KIND       REMOVAL  USED BY  SOURCE
beat          named      keep     hello    hello.yaml:15
ffffffffffff  anonymous  keep     hello    -
old           named      keep     -        hello.yaml:15`,
  )
})

test('bare reconcile says what is here and what to type next', () => {
  const container = facts.observedHello(facts.running(), 96, 32)
  const entry = {
    container,
    memoryUsedBytes: null,
    pidsUsed: null,
    watch: 'gone',
    commit: null,
    stopping: false,
    waiting: null,
  } as const
  equal(
    summaryText([entry], [volume('beat', false)], show),
    `1 container, 1 running; 1 volume; 1 drifted: see \`reconcile drift\`
  hello  running 3s, unwatched

  reconcile ps          state, drift and use of each
  reconcile why NAME    how one came to be as it is
  reconcile plan DIR    what a pass would do, and why; changes nothing
  reconcile --once DIR  do it, wait until everything is ready
  reconcile DIR         the same, then on every change`,
  )
  equal(summaryText([], [], show).split('\n')[0], 'nothing of ours is on this host')
})
