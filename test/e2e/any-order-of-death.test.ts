/**
 * A container's process, its shim and the watcher are killed in every order, one after the other and at once, with and without a pass
 * that runs: what was not killed goes on unhurt, nothing ever runs twice, and how a process ended is known, or said to be unknown.
 */
import { deepEqual, equal, match } from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { cgroupOf, eventually, type Lab, makeLab, readText, type Watcher } from '../support/lab.ts'
import { isShim, type RunState, runStates } from '../support/shims.ts'

/** The first letters of those that die, in this order. */
const beforeTheWatcher = ['p', 's', 'ps', 'sp']
const withTheWatcher = ['w', 'pw', 'wp', 'sw', 'ws', 'psw', 'spw', 'pws', 'swp', 'wps', 'wsp']
const orders = [...beforeTheWatcher, ...withTheWatcher]

/** Who finds the lock taken runs twice. */
const payload = (name: string) =>
  `exec 9>>/shared/${name}.lock; flock -n 9 || { echo ${name} >> /shared/twice; exit 7; }; exec sleep 1000`

const manifest = (order: string, shared: string, memoryMib: number) => `apiVersion: reconcile/v1
kind: Container
metadata: { name: x-${order} }
spec:
  rootfs: host
  command: [sh, -c, ${JSON.stringify(payload(order))}]
  mounts: ["${shared}:/shared"]
  limits: { memory: ${memoryMib}Mi }
`

class Fleet {
  readonly lab: Lab
  watcher: Watcher
  #shared: string
  #memoryMib = 32

  constructor(t: TestContext) {
    this.lab = makeLab(t)
    this.#shared = `${this.lab.folder}/shared`
    mkdirSync(this.#shared)
    this.change()
    this.watcher = this.lab.watch(this.lab.manifests)
  }

  /** Every container gets another limit. */
  change(): void {
    this.#memoryMib++
    for (const order of orders) this.lab.write(`${order}.yaml`, manifest(order, this.#shared, this.#memoryMib))
  }

  async watchAgain(): Promise<void> {
    this.watcher = this.lab.watch(this.lab.manifests)
    await this.watcher.until(/watching/)
  }

  async round(died: readonly string[], deaths: (runs: ReadonlyMap<string, RunState>) => Promise<void>): Promise<void> {
    const before = await this.#runs()
    equal(before.size, orders.length)
    await deaths(before)
    await this.#assertWhole(before, died)
  }

  /** By order. */
  async #runs(): Promise<ReadonlyMap<string, RunState>> {
    const { stdout } = await this.lab.expect(0, 'ps', '--output', 'json')
    const names = (JSON.parse(stdout) as { readonly name: string; readonly id: string }[]).map(
      ({ name, id }) => [id, name] as const,
    )
    const nameOf = new Map(names)
    return new Map(
      runStates(this.lab.run).map(state => [nameOf.get(state.containerId)?.slice('x-'.length) ?? '', state]),
    )
  }

  /** All run, each once, below a live shim; nothing is to be done. */
  async #assertWhole(before: ReadonlyMap<string, RunState>, died: readonly string[]): Promise<void> {
    let now = await this.#runs()
    await eventually(
      async () => {
        now = await this.#runs()
        return (
          [...now.values()].every(({ pid, shimPid }) => isAlive(pid) && isShim(shimPid)) && now.size === orders.length
        )
      },
      10_000,
      () => this.watcher.output(),
    )
    for (const order of orders) {
      const [then, { pid } = { pid: 0 }] = [before.get(order), now.get(order)]
      equal(pid === then?.pid, !(died.includes(order) && order.includes('p')), `${order}\n${this.watcher.output()}`)
      equal(readFileSync(`${cgroupOf(pid, 'memory')}/cgroup.procs`, 'utf8'), `${pid}\n`, order)
    }
    equal(readText(`${this.#shared}/twice`), '')
    match((await this.lab.expect(0, 'plan', this.lab.manifests)).stdout, /^nothing to do/)
    for (const order of died.filter(each => each.includes('p'))) {
      // without its shim, the first process of the host tells how it ended, or nobody does
      const ended = order.includes('s') ? /exited \((137|unknown)/ : /exited \(137\)/
      match(this.watcher.output().match(new RegExp(`x-${order} +restarted .*`))?.[0] ?? '', ended)
    }
  }
}

const isAlive = (pid: number) => /^State:\s+[^ZX]/m.test(readText(`/proc/${pid}/status`))

function kill(order: string, { pid, shimPid }: RunState): void {
  for (const who of order) {
    const target = who === 'p' ? pid : shimPid
    // whoever ended by itself meanwhile is not killed
    if (existsSync(`/proc/${target}`) && (who === 'p' || isShim(target))) process.kill(target, 'SIGKILL')
  }
}

const none: RunState = { containerId: '', pid: 0, shimPid: 0 }
/** Who dies before the watcher, and who after it. */
const aroundTheWatcher = (order: string) => order.split('w') as [string, string]

test('process, shim and watcher are killed in every order', async t => {
  const fleet = new Fleet(t)
  const { lab } = fleet
  await fleet.watcher.until(/watching/)

  await t.test('under a watcher that lives', () =>
    fleet.round(beforeTheWatcher, async runs => {
      for (const order of beforeTheWatcher) kill(order, runs.get(order) ?? none)
    }),
  )

  const atOnce = async (runs: ReadonlyMap<string, RunState>) => {
    for (const order of withTheWatcher) kill(aroundTheWatcher(order)[0], runs.get(order) ?? none)
    const killed = fleet.watcher.kill('SIGKILL')
    for (const order of withTheWatcher) kill(aroundTheWatcher(order)[1], runs.get(order) ?? none)
    await killed
    await fleet.watchAgain()
  }
  await t.test('at once with the watcher', () => fleet.round(withTheWatcher, atOnce))

  await t.test('at once with the watcher, in the middle of a pass over all of them', () =>
    fleet.round(withTheWatcher, async runs => {
      const said = fleet.watcher.output().length
      fleet.change()
      await eventually(
        () => fleet.watcher.output().length > said,
        20_000,
        () => fleet.watcher.output(),
      )
      await atOnce(runs)
    }),
  )

  await t.test('one after the other, where nobody watches', async () => {
    const died = withTheWatcher.filter(order => order.startsWith('w'))
    await fleet.watcher.kill('SIGKILL')
    await fleet.round(died, async runs => {
      for (const order of died) kill(order.slice(1, 2), runs.get(order) ?? none)
      await eventually(
        async () => /x-wps .*exited \(137\)/.test((await lab.expect(0, 'ps')).stdout),
        20_000,
        () => 'nobody says that it ended',
      )
      for (const order of died) kill(order.slice(2), runs.get(order) ?? none)
      await fleet.watchAgain()
    })
  })

  await t.test('and nothing is left of them', async () => {
    await fleet.watcher.kill('SIGKILL')
    await lab.expect(0, 'down', lab.manifests)
    deepEqual(readdirSync(`${lab.root}/containers`), [])
    deepEqual(runStates(lab.run), [])
    equal((await lab.expect(0, 'fsck')).stdout, 'clean\n')
  })
})
