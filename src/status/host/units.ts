/** What units of systemd start. All paths absolute; `arguments` are those of `program`, commands and options. */
export type UnitParts = {
  readonly program: string
  /** without `--once` */
  readonly arguments: readonly string[]
  /** directories that must be mounted before */
  readonly needs: readonly string[]
}

export const unitMark = '# Written by `reconcile install-unit`.'

/** The watcher. Its end leaves containers alone: only the process itself is stopped. */
export const watcherUnit = (parts: UnitParts): string => `${unitMark}
[Unit]
Description=reconcile: this host is what its manifests say
${order(parts)}
StartLimitIntervalSec=0

[Service]
Type=notify
ExecStart=${commandLine(parts.program, parts.arguments)}
Restart=on-failure
RestartSec=1
RestartPreventExitStatus=64
SuccessExitStatus=130 143
KillMode=process
Delegate=yes
WatchdogSec=60
TimeoutStartSec=300
TimeoutStopSec=30
TasksMax=infinity

[Install]
WantedBy=multi-user.target
`

/** One convergence, as for timers and boot scripts. */
export const onceUnit = (parts: UnitParts): string => `${unitMark}
[Unit]
Description=reconcile: one convergence of this host
${order(parts)}

[Service]
Type=oneshot
ExecStart=${commandLine(parts.program, ['--once', ...parts.arguments])}
KillMode=process
Delegate=yes
TimeoutStartSec=infinity
TasksMax=infinity
`

const order = ({ needs }: UnitParts): string => `After=local-fs.target network-online.target
Wants=network-online.target
RequiresMountsFor=${needs.map(quoted).join(' ')}`

const commandLine = (program: string, args: readonly string[]): string => [program, ...args].map(quoted).join(' ')

/** systemd.syntax(7), systemd.service(5): `%` and `$` are special in it, quotes and backslashes within quotes. */
function quoted(word: string): string {
  const escaped = word.replaceAll('%', '%%').replaceAll('$', '$$$$')
  return /^[\w@%+=:,./-]+$/.test(escaped) ? escaped : `"${escaped.replace(/["\\]/g, '\\$&')}"`
}
