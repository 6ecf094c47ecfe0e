import type { RestartPolicy } from '../model/desired.ts'
import { fail, ok, type Result } from '../model/errors.ts'
import type { Spec } from './generated/manifests.ts'
import { orReport, type Report } from './report.ts'
import { didYouMean } from './suggest.ts'
import { quote } from './text.ts'

const usual: RestartPolicy = { policy: 'always', maxRetries: 0 }
const policies: readonly RestartPolicy['policy'][] = ['no', 'on-failure', 'always', 'unless-stopped']
const mostRetries = 1_000_000

/** Both forms of `restart:` as one; without it a container is restarted for ever. */
export function restartPolicy(restart: Spec['restart'], report: Report): RestartPolicy {
  if (restart === undefined) return usual
  // a bare `no` that a tool of YAML 1.1 has read and written again
  if (restart === false) return { policy: 'no', maxRetries: 0 }
  if (typeof restart === 'string') return orReport(report, ['spec', 'restart'], parseShortRestart(restart)) ?? usual
  const { policy, maxRetries = 0 } = restart
  if (maxRetries > 0 && policy !== 'on-failure') {
    report(
      ['spec', 'restart', 'maxRetries'],
      `spec.restart.maxRetries has a meaning only with policy on-failure, not ${policy}`,
      'key',
    )
  }
  return { policy, maxRetries }
}

/** `no`, `always`, `unless-stopped`, `on-failure` or `on-failure:3`, as Docker and Compose write it. */
function parseShortRestart(text: string): Result<RestartPolicy, string> {
  const [word = '', retries, ...rest] = text.split(':')
  const policy = policies.find(one => one === word)
  if (policy === undefined) {
    return fail(`${quote(word)} is no policy; use one of ${policies.join(', ')}${didYouMean(word, policies)}`)
  }
  if (retries === undefined) return ok({ policy, maxRetries: 0 })
  if (policy !== 'on-failure') return fail(`retries have a meaning only behind on-failure; write ${policy}`)
  const maxRetries = /^\d{1,7}$/.test(retries) && rest.length === 0 ? Number(retries) : null
  if (maxRetries === null || maxRetries > mostRetries) {
    return fail(`${quote(text)} needs a whole number up to ${mostRetries} behind ":", such as on-failure:3`)
  }
  return ok({ policy, maxRetries })
}
