import { field, fieldsOf, flagField, numberField, textField } from '../images/json-fields.ts'
import type { Fields } from '../images/json-fields.ts'

export type RestartWish = {
  /** dockerd would start it when it starts itself */
  readonly isWanted: boolean
  readonly why: string
}

/** What a container's restart policy makes of it when dockerd starts (docker-data-root §11). */
export function restartWish(config: Fields, hostConfig: Fields | null): RestartWish {
  const policy = fieldsOf((hostConfig === null ? null : field(hostConfig, 'RestartPolicy')) ?? {}, 'RestartPolicy')
  const name = textField(policy, 'Name') || 'no'
  const said = (isWanted: boolean, more = '') => ({ isWanted, why: `restart policy ${name}${more}` })
  if (name === 'no') return said(false)
  if (!flagField(config, 'HasBeenStartedBefore')) return said(false, ', but it never ran')
  const isStopped = flagField(config, 'HasBeenManuallyStopped')
  if (name === 'always') return said(true, isStopped ? ', also after a stop' : '')
  if (name === 'unless-stopped') return isStopped ? said(false, ', and it was stopped') : said(true)
  if (name !== 'on-failure') return said(false, ', which dockerd does not know')
  if (lastExitCode(config) === 0) return said(false, ', and it ended with 0')
  const most = numberField(policy, 'MaximumRetryCount')
  return most > 0 && numberField(config, 'RestartCount') >= most
    ? said(false, `, and its ${most} restarts are used up`)
    : said(true)
}

/** What was left as running counts as an end with 0. */
function lastExitCode(config: Fields): number {
  const state = fieldsOf(field(config, 'State') ?? {}, 'State')
  return flagField(state, 'Running') ? 0 : numberField(state, 'ExitCode')
}
