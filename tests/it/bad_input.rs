//! Whatever is handed to the program, it answers within seconds, with a sentence and the right exit code, and never panics.
//!
//! These run the binary itself, as files, pipes, a full disk and exit codes are no business of the library.

use std::{
    fs::{self, File},
    io::{Read, Write},
    path::PathBuf,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

/// A scenario that is fine, and done in no time.
const FINE: &str = "duration: 20s
workloads:
  w: { target: s, phases: [ { duration: 20s, arrival_rate: 20/s } ] }
nodes:
  s: { type: server, slots: 4, service_time: exponential(mean=50ms) }
";

/// Longer than any of these takes, and short enough to notice a hang.
const PATIENCE: Duration = Duration::from_secs(20);

/// What came of one run of the program.
struct Answer {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Answer {
    /// The exit code is `code`, stderr says `words`, and nothing has panicked.
    #[track_caller]
    fn is(&self, code: i32, words: &str) -> &Self {
        assert_eq!(self.code, Some(code), "stderr: {}", self.stderr);
        assert!(self.stderr.contains(words), "`{words}` is not in: {}", self.stderr);
        for trace in ["panicked", "RUST_BACKTRACE", "please report"] {
            assert!(!self.stderr.contains(trace), "{}", self.stderr);
        }
        self
    }
}

fn coldfront(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_coldfront"));
    command.args(args).env("NO_COLOR", "1").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs it with `input` on stdin, and not for longer than patience lasts.
#[track_caller]
fn answer(mut command: Command, input: &[u8]) -> Answer {
    let began = Instant::now();
    let mut child = command.stdin(Stdio::piped()).spawn().expect("the binary is built");
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    let input = input.to_vec();
    let feeder = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let reader = child.stdout.take().map(|mut out| {
        std::thread::spawn(move || {
            let mut text = Vec::new();
            let _ = out.read_to_end(&mut text);
            text
        })
    });
    let complaints = child.stderr.take().map(|mut err| {
        std::thread::spawn(move || {
            let mut text = Vec::new();
            let _ = err.read_to_end(&mut text);
            text
        })
    });
    let status = loop {
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            break status;
        }
        if began.elapsed() > PATIENCE {
            let _ = child.kill();
            panic!("no answer within {PATIENCE:?}");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let text = |thread: Option<std::thread::JoinHandle<Vec<u8>>>| {
        thread.map_or_else(String::new, |t| String::from_utf8_lossy(&t.join().expect("reading does not fail")).into_owned())
    };
    let _ = feeder.join();
    Answer { code: status.code(), stdout: text(reader), stderr: text(complaints) }
}

/// Runs a scenario from stdin.
#[track_caller]
fn run(scenario: &str, more: &[&str]) -> Answer {
    answer(coldfront(&[&["run", "-"], more].concat()), scenario.as_bytes())
}

/// A file in a directory of this test's own.
fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bad_input");
    fs::create_dir_all(&folder).expect("a directory for files");
    let path = folder.join(name);
    fs::write(&path, bytes).expect("a file can be written");
    path
}

#[track_caller]
fn run_file(path: &std::path::Path) -> Answer {
    answer(coldfront(&["run", &path.to_string_lossy()]), b"")
}

/// `FINE` with one thing changed.
fn with(from: &str, to: &str) -> String {
    assert!(FINE.contains(from));
    FINE.replace(from, to)
}

#[test]
fn a_fine_scenario_is_fine_from_stdin_and_from_a_file() {
    assert!(run(FINE, &[]).is(0, "requests a second").stdout.contains("Nothing limits"));
    run_file(&file("fine.yaml", FINE.as_bytes())).is(0, "requests a second");
    assert_eq!(run(FINE, &["--quiet"]).is(0, "").stderr, "");
}

#[test]
fn a_yaml_bomb_is_refused() {
    let level = |n: usize| format!("a{n}: &a{n} [ {} ]\n", vec![format!("*a{}", n - 1); 9].join(", "));
    run(&format!("a0: &a0 lol\n{}", (1..12).map(level).collect::<String>()), &[]).is(2, "E003");
}

#[test]
fn deep_nesting_is_refused() {
    for depth in [100, 1_000, 1_000_000] {
        run(&format!("quotas: {}{}\n", "[".repeat(depth), "]".repeat(depth)), &[]).is(2, "error[E00");
    }
    run(&(0..5_000).map(|n| format!("{}a:\n", " ".repeat(n))).collect::<String>(), &[]).is(2, "E004");
}

#[test]
fn ten_to_the_eighteenth_requests_are_refused() {
    run(&with("20/s", "1000000000/s").replace("20s", "40d"), &[]).is(2, "E034");
    run(&with("20/s", "1000000000000000000/s"), &[]).is(2, "E023");
    run(&FINE.replace("20s", "1000000000000000000s"), &[]).is(2, "error[E0");
    run(&with("phases: [ { duration: 20s, arrival_rate: 20/s } ]", "users: 1000000000000000000"), &[]).is(2, "E032");
}

#[test]
fn numbers_that_are_none_are_refused() {
    for odd in ["NaN", ".nan", ".inf", "-.inf", "1e999", "-1s", "0x10s", "1e", "٣s"] {
        run(&with("exponential(mean=50ms)", odd), &[]).is(2, "error[E02");
        run(&with("mean=50ms", &format!("mean={odd}")), &[]).is(2, "error[E02");
        run(&with("20/s", odd), &[]).is(2, "error[E02");
    }
    run(&with("slots: 4", "slots: -1"), &[]).is(2, "E020");
    run(&with("slots: 4", "slots: 99999999999999999999"), &[]).is(2, "E020");
    run(&format!("{FINE}quotas: {{ lambda.concurrent_executions: .nan }}\n"), &[]).is(2, "E020");
}

#[test]
fn zero_durations_are_refused() {
    run(&FINE.replace("20s", "0s"), &[]).is(2, "E032");
    run(FINE, &["--duration", "0s"]).is(2, "E032");
    run(&with("target: s,", "target: s, client: { timeout: 0s },"), &[]).is(2, "E032");
    run(&with("20/s", "0/s"), &[]).is(2, "E032");
}

#[test]
fn a_service_that_takes_no_time_is_served() {
    run(&with("exponential(mean=50ms)", "0s"), &[]).is(0, "");
    run(&with("exponential(mean=50ms)", "0s").replace("phases: [ { duration: 20s, arrival_rate: 20/s } ]", "users: 5"), &[]).is(0, "");
}

#[test]
fn times_beyond_the_clock_are_no_trouble() {
    run(&with("exponential(mean=50ms)", "200000d"), &[]).is(0, "");
    run(&with("target: s,", "target: s, client: { timeout: 200000d },"), &[]).is(0, "");
    run(&with("20s\n", "3000d\n").replace("20/s", "1/h").replace("20s", "3000d"), &[]).is(2, "E046");
}

#[test]
fn what_would_eat_all_memory_or_never_end_does_not() {
    let node = |node: &str| FINE.replace("  s: { type: server, slots: 4, service_time: exponential(mean=50ms) }", node);
    run(&node("  s: { type: lambda, provisioned_concurrency: 1000000000000 }"), &[]).is(2, "E068");
    let empty = "  s: { type: lambda, handler: [ { repeat: { times: 65535, do: [ { repeat: { times: 65535, do: [] } } ] } } ] }";
    run(&node(empty), &[]).is(0, "");
    let table = node("  s: { type: dynamodb, partitions: 4294967295 }").replace("target: s,", "target: s, operation: { get_item: {} },");
    run(&table, &[]).is(2, "E075");
}

#[test]
fn impatient_clients_that_retry_for_ever_are_no_trouble() {
    let client = |retry: &str| with("target: s,", &format!("target: s, client: {{ timeout: 1ns, retry: {{ base: 0s, {retry} }} }},"));
    run(&client("max_attempts: 100"), &["--max-in-flight", "100000"]).is(0, "");
    run(&client("max_attempts: 1000"), &[]).is(2, "E032");
}

#[test]
fn files_that_are_no_scenarios_are_refused() {
    run("", &[]).is(2, "E007");
    run_file(&file("empty.yaml", b"")).is(2, "E007");
    run_file(&file("latin1.yaml", b"duration: 1m\nname: caf\xe9\n")).is(2, "E006");
    run_file(&file("zeros.yaml", &[0; 4096])).is(2, "E006");
    run_file(&file("list.yaml", b"- a\n- b\n")).is(2, "E020");
    run_file(&PathBuf::from(env!("CARGO_BIN_EXE_coldfront"))).is(2, "error[E00");
}

#[test]
fn paths_that_lead_to_no_file_are_refused() {
    run_file(&PathBuf::from(env!("CARGO_TARGET_TMPDIR"))).is(2, "this is a directory");
    run_file(&PathBuf::from("no/such/scenario.yaml")).is(2, "there is no such file");
    run_file(&PathBuf::from("")).is(2, "there is no such file");
    run_file(&file("fine2.yaml", FINE.as_bytes()).join("below.yaml")).is(2, "cannot read");
    answer(coldfront(&["check", "no/such/scenario.yaml"]), b"").is(2, "there is no such file");
    answer(coldfront(&["graph", "no/such/scenario.yaml"]), b"").is(2, "there is no such file");
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let path = file("secret.yaml", FINE.as_bytes());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).expect("permissions can be set");
    if File::open(&path).is_ok() {
        eprintln!("skipped: this user may read everything");
        return;
    }
    run_file(&path).is(2, "permission denied");
}

#[test]
fn a_file_of_100_mb_is_refused_at_once() {
    let path = file("large.yaml", b"");
    File::options().write(true).open(&path).and_then(|f| f.set_len(100 << 20)).expect("a sparse file");
    let began = Instant::now();
    run_file(&path).is(2, "E002");
    let text = file("large_text.yaml", "name: a\n".repeat(100 << 17).as_bytes());
    run_file(&text).is(2, "E002");
    assert!(began.elapsed() < Duration::from_secs(5));
    let _ = fs::remove_file(path).and(fs::remove_file(text));
}

#[test]
fn a_trace_that_cannot_be_read_is_refused() {
    let replay = |file: &str| with("phases: [ { duration: 20s, arrival_rate: 20/s } ]", &format!("replay: {{ file: {file} }}"));
    run(&replay("no_such.csv"), &[]).is(2, "E041");
    run(&replay("/"), &[]).is(2, "E041");
    file("odd.csv", b"time\nsoon\n");
    run_file(&file("odd.yaml", replay("odd.csv").as_bytes())).is(2, "E045");
}

#[test]
fn overrides_that_mean_nothing_are_refused() {
    run(FINE, &["--set", "nonsense"]).is(2, "path=value");
    run(FINE, &["--set", "="]).is(2, "E040");
    run(FINE, &["--set", "nodes.t.slots=4"]).is(2, "E039");
    run(FINE, &["--set", "nodes.s.slots=[[["]).is(2, "E001");
    run(FINE, &["--set", "nodes.s.slots=many"]).is(2, "E020");
    run(FINE, &["--set", "nodes.s.slots=8", "--seed", "7", "--duration", "10s"]).is(0, "");
    run(FINE, &["--duration", "soon"]).is(2, "E023");
    run(FINE, &["--seed", "-1"]).is(2, "-1");
}

#[test]
fn a_wrong_command_line_is_refused() {
    for args in
        [&["run"][..], &["run", "-", "--no-such-flag"], &["fly"], &[], &["run", "-", "--format", "xml"], &["run", "-", "--max-events", "many"]]
    {
        answer(coldfront(args), b"").is(2, "--help");
    }
}

#[test]
fn a_bound_ends_a_run_with_a_partial_report() {
    let events = run(FINE, &["--max-events", "100", "--format", "json"]);
    assert!(events.is(3, "").stdout.contains("after 100 events"));
    let crowd = run(&with("slots: 4", "slots: 1").replace("mean=50ms", "mean=5s"), &["--max-in-flight", "100"]);
    assert!(crowd.is(3, "").stdout.contains("in flight"));
    run(FINE, &["--max-events", "0"]).is(3, "");
}

#[test]
fn a_breached_threshold_fails_a_pipeline() {
    run(&format!("{FINE}thresholds: [ w: p(99) < 1ms ]\n"), &[]).is(99, "");
    run(&format!("{FINE}thresholds: [ w: p(99) < 1h ]\n"), &[]).is(0, "");
    run(&format!("{FINE}thresholds: [ w: p99 < 1ms ]\n"), &[]).is(2, "E037");
    run(&format!("{FINE}thresholds: [ s: quue_length < 5 ]\n"), &[]).is(2, "did you mean `queue_length`?");
}

#[test]
fn a_check_reads_every_file_and_says_all() {
    let (bad, fine) = (file("bad.yaml", with("slots: 4", "slos: 4").as_bytes()), file("fine3.yaml", FINE.as_bytes()));
    let (bad, fine) = (bad.to_string_lossy(), fine.to_string_lossy());
    let both = answer(coldfront(&["check", &bad, &fine]), b"");
    assert!(both.is(2, "").stdout.contains("E022") && both.stdout.contains("no mistakes found"));
    answer(coldfront(&["check", &fine]), b"").is(0, "");
    answer(coldfront(&["check", "no/such.yaml", &bad]), b"").is(2, "there is no such file");
}

#[test]
fn a_starter_is_never_written_over_a_file() {
    let path = file("mine.yaml", b"mine");
    answer(coldfront(&["init", &path.to_string_lossy()]), b"").is(2, "is there already");
    assert_eq!(fs::read(&path).expect("still there"), b"mine");
    answer(coldfront(&["init", "no/such/folder/a.yaml"]), b"").is(74, "cannot write");
}

#[cfg(unix)]
#[test]
fn whoever_closes_the_pipe_has_read_enough() {
    let mut command = coldfront(&["run", "-"]);
    let mut child = command.stdin(Stdio::piped()).spawn().expect("the binary is built");
    child.stdin.take().expect("a pipe").write_all(FINE.as_bytes()).expect("it reads its scenario");
    drop(child.stdout.take());
    let Output { status, stderr, .. } = child.wait_with_output().expect("it ends");
    let stderr = String::from_utf8_lossy(&stderr);
    assert_eq!(status.code(), Some(0), "{stderr}");
    assert!(!stderr.contains("panicked") && !stderr.contains("error"), "{stderr}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_to_be_full() {
    for args in [&["run", "-"][..], &["run", "-", "--format", "json"], &["check", "-"], &["graph", "-"], &["init", "-"]] {
        let mut command = coldfront(args);
        command.stdout(File::options().write(true).open("/dev/full").expect("Linux has one"));
        answer(command, FINE.as_bytes()).is(74, "the disk is full");
    }
}

#[test]
#[ignore = "ends its process: run by `a_broken_invariant_is_owned_up_to`"]
fn breaks_on_purpose() {
    coldfront::cli::guard();
    panic!("an invariant, broken on purpose");
}

#[test]
fn a_broken_invariant_is_owned_up_to() {
    let mut command = Command::new(std::env::current_exe().expect("this very binary"));
    command.args(["--exact", "bad_input::breaks_on_purpose", "--ignored", "--nocapture"]).env("RUST_BACKTRACE", "0");
    let Output { status, stderr, .. } = command.output().expect("it runs");
    let stderr = String::from_utf8_lossy(&stderr);
    assert_eq!(status.code(), Some(70), "{stderr}");
    assert!(stderr.contains("error: an invariant, broken on purpose (tests/it/bad_input.rs:") && stderr.contains("please report it"), "{stderr}");
}
