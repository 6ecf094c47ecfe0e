/** What nft says of a host where it can do nothing is told from what it says once. */
import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { fail, known, ok, unknown } from '../../../src/model/errors.ts'
import { listRuleset } from '../../../src/runtime/nft.ts'

const ended = (code: number | null, stderr: string, stdout = '') =>
  listRuleset(() => Promise.resolve(ok({ code, stdout, stderr })), '0123456789ab')
const failed = (errno: string, message: string) =>
  listRuleset(() => Promise.resolve(fail({ code: 'E_KERNEL_FEATURE' as const, message, errno })), '0123456789ab')

test('a table that is not there is no lack', async () => {
  deepEqual(await ended(1, 'Error: No such file or directory\n'), { listed: known(null) })
})

test('a host without nft, or a kernel without nf_tables, has no packet filter', async () => {
  const missing = 'the program nft is missing (package nftables)'
  deepEqual(await failed('ENOENT', missing), { listed: unknown(missing), lacks: 'filter' })
  for (const said of [
    'Unable to initialize Netlink socket: Protocol not supported',
    'netlink: Error: cache initialization failed: Invalid argument',
    'nft: error while loading shared libraries: libnftables.so.1',
  ])
    deepEqual(await ended(1, `${said}\n`), { listed: unknown(`nft: ${said}`), lacks: 'filter' })
})

test('without permission there are no links either', async () => {
  const said = 'Operation not permitted (you must be root)'
  deepEqual(await ended(1, `${said}\nnetlink: Error: cache initialization failed: Operation not permitted\n`), {
    listed: unknown(`nft: ${said}`),
    lacks: 'permission',
  })
})

test('what fails once says nothing of the host', async () => {
  deepEqual(await ended(null, ''), { listed: unknown('nft: ') })
  deepEqual(await ended(1, 'netlink: Error: No buffer space available\n'), {
    listed: unknown('nft: netlink: Error: No buffer space available'),
  })
  deepEqual(await failed('EAGAIN', 'nft: spawn EAGAIN'), { listed: unknown('nft: spawn EAGAIN') })
})
