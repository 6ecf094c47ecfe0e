//! `init`: what a container's user is promised of its first process.

mod common;

use common::{Bundle, strings};
use rc_runtime::failure::Code;
use rc_runtime::protocol::{ExitRecord, Verb};

fn with_init(script: &str) -> Bundle {
    let mut bundle = Bundle::new(script);
    bundle.plan.init = true;
    bundle
}

fn ends_with(bundle: &mut Bundle, code: i32) -> ExitRecord {
    let record = bundle.run();
    assert_eq!((record.code, record.signal), (Some(code), None), "{}", bundle.raw_log());
    record
}

#[test]
fn two_hundred_orphans_leave_no_zombie() {
    // Each inner shell ends before its child, which is then the init's.
    let mut bundle = with_init(
        r#"for i in $(seq 200); do sh -c 'sleep 0.1 & exit'; done
        for try in $(seq 100); do
            left=$(cat /proc/[0-9]*/stat 2>/dev/null | grep -c -e ' Z ' -e '(sleep)')
            [ "$left" = 0 ] && break
            sleep 0.1
        done
        echo "left $left, first $(cat /proc/1/comm), me $$, parent $PPID""#,
    );
    ends_with(&mut bundle, 0);
    assert_eq!(bundle.stdout(), "left 0, first reconcile-init, me 2, parent 1\n");
}

#[test]
fn its_code_is_the_childs_and_whatever_else_runs_ends_with_it() {
    ends_with(&mut with_init("sleep 1000 & exit 7"), 7);
    ends_with(&mut with_init("kill -9 $$"), 137);
}

#[test]
fn every_signal_is_handed_on_and_a_stop_is_heard_by_a_program_without_a_handler() {
    let handler = |signal: &str| format!("trap 'echo {signal}' {signal}; ");
    let names = ["HUP", "INT", "QUIT", "USR1", "USR2", "TERM", "WINCH", "CONT", "ALRM", "PIPE"];
    let traps: String = names.iter().map(|name| handler(name)).collect();
    let mut bundle = with_init(&format!("{traps} trap 'exit 3' RTMIN; echo ready; while :; do sleep 0.01; done"));
    bundle.plan.args[0] = "bash".into();
    bundle.start();
    bundle.wait_for_log("ready");
    for (name, signal) in names.into_iter().zip([1, 2, 3, 10, 12, 15, 28, 18, 14, 13]) {
        bundle.ask(&Verb::Signal { signal });
        bundle.wait_for_log(&format!("{name}\n"));
    }
    bundle.ask(&Verb::Signal { signal: 34 });
    assert_eq!(bundle.exit().code, Some(3));

    let mut bundle = with_init("echo ready; exec sleep 1000");
    bundle.start();
    bundle.wait_for_log("ready");
    bundle.stop(15, 60_000);
    let record = bundle.exit();
    assert_eq!((record.code, record.stop_requested), (Some(143), true));
}

#[test]
fn what_cannot_be_executed_fails_the_start() {
    for (args, code) in [(&["/nope"][..], Code::ExecNotFound), (&["/etc/passwd"][..], Code::ExecPerm)] {
        let mut bundle = with_init("");
        bundle.plan.args = strings(args);
        let failure = bundle.try_start().error.unwrap();
        assert_eq!((failure.code, failure.step.as_deref()), (code, Some("exec")), "{failure:?}");
        assert!(!bundle.path("run/state").exists());
    }
}

#[test]
fn init_and_child_have_the_containers_identity_environment_and_limits() {
    let mut bundle = with_init(
        r#"same() { grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs)' /proc/$1/status; cat /proc/$1/limits /proc/$1/oom_score_adj; }
        [ "$(same 1)" = "$(same $$)" ] && grep -E '^(Uid|NoNewPrivs)' /proc/1/status | tr -s '\t ' ' '
        [ "$(tr '\0' '\n' </proc/1/environ | sort)" = "$(env | grep -v -e ^_ -e ^PWD -e ^SHLVL -e ^OLDPWD | sort)" ] && echo same
        grep -E "^Sig(Blk|Ign)" /proc/self/status; pwd; umask; ls /proc/self/fd | tr '\n' ' '"#,
    );
    bundle.plan.args[0] = "bash".into();
    bundle.plan.user = "web".into();
    bundle.plan.working_dir = "/srv".into();
    bundle.plan.no_new_privileges = true;
    bundle.plan.env.push("EMPTY=".into());
    ends_with(&mut bundle, 0);
    let text = bundle.stdout();
    assert!(text.starts_with("Uid: 101 101 101 101\nNoNewPrivs: 1\n"), "{text} {}", bundle.raw_log());
    assert!(
        text.contains("\nsame\n") && text.contains("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"),
        "{text}"
    );
    assert!(text.ends_with("/srv\n0022\n0 1 2 3 "), "{text}");
}

#[test]
fn nothing_in_the_container_can_write_to_its_program() {
    let mut bundle = with_init(
        "for try in 1 2 3; do cat /dev/null >/proc/1/exe && echo truncated; echo x >>/proc/1/exe && echo written; done 2>/dev/null
        cat /proc/1/exe >/tmp/copy; cp /proc/1/exe /tmp/held; exec 9</proc/1/exe
        sh -c 'echo x >/proc/self/fd/9 && echo written; chmod 600 /proc/1/exe' 2>/dev/null; echo done; exit 5",
    );
    bundle.plan.capabilities = strings(&["CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE", "CAP_SYS_ADMIN", "CAP_FOWNER"]);
    ends_with(&mut bundle, 5);
    assert_eq!(bundle.stdout(), "done\n");
}
