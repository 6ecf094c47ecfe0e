const deadlineMs = 1000

/**
 * Look-ups that have not answered. One on a dead network or FUSE mount holds a thread of the few that there are until it
 * does: nobody asks the same a second time meanwhile.
 */
const unanswered = new Map<string, Promise<unknown>>()

/** What `ask` answers, or `late` (with the deadline in words) when that takes too long. `question` names it. */
export async function withinDeadline<T>(question: string, ask: () => Promise<T>, late: (why: string) => T): Promise<T> {
  const asked = (unanswered.get(question) as Promise<T> | undefined) ?? ask().finally(() => unanswered.delete(question))
  unanswered.set(question, asked)
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<T>(resolve => {
    timer = setTimeout(() => resolve(late(`did not answer within ${deadlineMs} ms`)), deadlineMs)
  })
  try {
    return await Promise.race([asked, deadline])
  } finally {
    clearTimeout(timer)
  }
}
