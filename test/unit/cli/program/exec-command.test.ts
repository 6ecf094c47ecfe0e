import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Command } from '@commander-js/extra-typings'
import { describeExecCommand, guardCommand } from '../../../../src/cli/program/exec-command.ts'

const program = new Command('reconcile').option('--root <dir>').option('--once').option('--source <name>')
describeExecCommand(program, async () => {})

const guarded = (line: string) => guardCommand(program, line.split(' ')).join(' ')

test('what follows the name of a container is the command, whatever it looks like', () => {
  for (const [line, wanted] of [
    ['exec web ls --all', 'exec web -- ls --all'],
    ['--root /r exec -it web sh -c x', '--root /r exec -it web -- sh -c x'],
    ['exec -u 1 --root /r -ew=1 -e A=web web ls -u', 'exec -u 1 --root /r -ew=1 -e A=web web -- ls -u'],
    ['exec -itu web web ls', 'exec -itu web web -- ls'],
    ['exec --user=1 web ls', 'exec --user=1 web -- ls'],
    ['exec web -h', 'exec web -- -h'],
  ] as const)
    assert.equal(guarded(line), wanted)
})

test('other command lines, and those that say it themselves, stay as they are', () => {
  for (const line of [
    'exec web -- ls',
    'exec -- web ls',
    'exec web',
    'exec --help',
    '--once exec',
    'ps exec web ls',
    'logs -f exec',
  ])
    assert.equal(guarded(line).replace(/^exec web$/, 'exec web'), line === 'exec web' ? 'exec web --' : line)
})
