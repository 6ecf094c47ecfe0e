import { jsonLine } from '../../status/text/json-text.ts'
import type { Mark } from '../../status/text/paint.ts'
import { failedAgainText, pulledText, pullingText } from '../../status/images/pulls.ts'
import { subjectLine } from '../../status/passes/step.ts'
import type { LayerBoard } from './layer-board.ts'
import type { PullNews } from '../pulls/pulls.ts'
import { sceneOf } from './scene.ts'
import type { StepPrinterParts } from './step-printer.ts'

type Parts = Pick<StepPrinterParts, 'print' | 'show' | 'names' | 'output'> & { readonly board: LayerBoard }

/** Tells pulls as they go on: on the board of a terminal layer by layer, elsewhere with a line now and then. */
export function pullPrinter({ print, show, names, output, board }: Parts): (news: PullNews) => void {
  const line = (mark: Mark, reference: string, text: string) =>
    print(subjectLine(mark, 'image', reference, text, sceneOf(show(), names())))
  return news => {
    const { reference } = news
    if (news.kind === 'begun') board.begin(reference)
    if (news.kind === 'layer') board.progress(reference, news.layer)
    if (news.kind === 'pulled' || news.kind === 'failed') board.end(reference)
    if (output === 'json-lines') return printJson(news, print)
    if (output === 'none') return
    if (news.kind === 'moving' && !board.isShown) line('.', reference, pullingText(news.layers, news.ms))
    if (news.kind === 'pulled')
      line(news.pulled.wasHere ? '.' : '+', reference, pulledText(news.pulled, news.layers, news.ms))
    if (news.kind === 'failed' && news.attempts > 1)
      line('x', reference, failedAgainText(news.error.message, news.attempts, news.nextMs))
  }
}

function printJson(news: PullNews, print: (text: string) => void): void {
  const { reference } = news
  const ms = Math.round(news.ms)
  if (news.kind === 'pulled') print(jsonLine({ pulled: { reference, imageId: news.pulled.imageId, ms } }))
  if (news.kind === 'failed') {
    const { error, attempts, nextMs } = news
    print(jsonLine({ pullFailed: { reference, message: error.message, attempts, nextMs: Math.round(nextMs), ms } }))
  }
}
