//! The self-test in a process of its own: a driver that breaks down or hangs takes that one with it, and not the recorder.

use std::ffi::OsStr;
use std::io::{self, Read as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::Builder;
use std::time::Duration;

use crossbeam_channel::{Receiver, bounded};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use crate::encode::TestResult;

/// How long the process of a test may take from its start to its end.
pub const LIMIT: Duration = Duration::from_secs(5);
/// How long one that is killed is waited for; one that hangs inside of the kernel is left to itself.
const REAP: Duration = Duration::from_millis(500);
/// Longest line that is read, in bytes.
const MAX_LINE: u64 = 64 * 1024;

/// Starts `program` with `args`, which tests `encoder` and writes the [`TestResult`] as one line of JSON to its standard output. It has
/// `limit` to do that and to end.
pub fn test_in_a_process(
    encoder: &str,
    program: &OsStr,
    args: &[&str],
    limit: Duration,
) -> TestResult {
    let failed = |why: String| TestResult::failed(encoder, why, false);
    let mut command = Command::new(program);
    command
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        // Ctrl-C in the terminal is meant for the recorder: it is no breakdown of the driver.
        .process_group(0);
    let started = command
        .spawn()
        .and_then(|mut child| Ok((listen(&mut child)?, child)));
    let (said, mut child) = match started {
        Ok(started) => started,
        Err(error) => return failed(format!("its test could not be started ({error})")),
    };
    let Some((said, status)) = ended_within(&said, &mut child, limit) else {
        let _ = child.kill();
        let _ = ended_within(&said, &mut child, REAP);
        let why = format!("its test did not end within {} s", limit.as_secs_f32());
        return TestResult::failed(encoder, why, true);
    };
    if let Some(signal) = status.signal() {
        return failed(format!(
            "its driver broke down in the test (signal {signal})"
        ));
    }
    let result = serde_json::from_slice(&said).ok();
    let result = result.filter(|r: &TestResult| r.encoder == encoder);
    match result.filter(|r| r.passed_ms.is_some() != r.failed.is_some()) {
        Some(result) => result,
        None => failed(match status.code() {
            Some(0) | None => "its test gave no answer".to_owned(),
            Some(code) => format!("its driver ended the test (exit code {code})"),
        }),
    }
}

/// Gives what the process wrote when it has ended; only then is it waited for, so that nothing else gets its number before.
fn listen(child: &mut Child) -> io::Result<Receiver<Vec<u8>>> {
    let (say, said) = bounded(1);
    let (pid, out) = (Pid::from_child(child), child.stdout.take());
    let listening = Builder::new().name("self-test".to_owned()).spawn(move || {
        let mut line = Vec::new();
        if let Some(out) = out {
            let _ = out.take(MAX_LINE).read_to_end(&mut line);
        }
        let ended = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        let _ = rustix::io::retry_on_intr(|| waitid(WaitId::Pid(pid), ended));
        let _ = say.send(line);
    });
    match listening {
        Ok(_) => Ok(said),
        Err(error) => {
            let _ = child.kill();
            let _ = child.wait();
            Err(error)
        }
    }
}

fn ended_within(
    said: &Receiver<Vec<u8>>,
    child: &mut Child,
    limit: Duration,
) -> Option<(Vec<u8>, ExitStatus)> {
    let said = said.recv_timeout(limit).ok()?;
    // It has ended: this does not wait.
    let status = child.wait().ok()?;
    Some((said, status))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of a test whose process is this script.
    fn result(script: &str, limit: Duration) -> TestResult {
        test_in_a_process("h264_nvenc", OsStr::new("sh"), &["-c", script], limit)
    }

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn the_answer_of_a_test_is_believed_where_it_is_one() {
        let said = result(r#"echo '{"encoder":"h264_nvenc","passed_ms":12}'"#, HOUR);
        assert_eq!((said.passed_ms, said.failed), (Some(12), None));
        let said = result(
            r#"echo '{"encoder":"h264_nvenc","failed":"it is grey","slow":true}'"#,
            HOUR,
        );
        assert_eq!(said.failed.as_deref(), Some("it is grey"));
        assert!(said.slow);
    }

    #[test]
    fn a_driver_that_breaks_down_or_says_nonsense_is_out_with_that_reason() {
        for (script, why) in [
            (
                "kill -ABRT $$",
                "its driver broke down in the test (signal 6)",
            ),
            (
                "kill -SEGV $$",
                "its driver broke down in the test (signal 11)",
            ),
            // It broke down behind its answer.
            (
                r#"echo '{"encoder":"h264_nvenc","passed_ms":12}'; kill -ABRT $$"#,
                "its driver broke down in the test (signal 6)",
            ),
            ("exit 3", "its driver ended the test (exit code 3)"),
            ("true", "its test gave no answer"),
            ("echo libva info: va_openDriver", "its test gave no answer"),
            (
                r#"echo '{"encoder":"h264_qsv","passed_ms":12}'"#,
                "its test gave no answer",
            ),
            (
                r#"echo '{"encoder":"h264_nvenc"}'"#,
                "its test gave no answer",
            ),
            ("head -c 60000 /dev/zero", "its test gave no answer"),
        ] {
            let said = result(script, HOUR);
            assert_eq!(said.failed.as_deref(), Some(why), "{script}");
            assert!(!said.slow && said.passed_ms.is_none());
        }
        let absent = test_in_a_process("h264_qsv", OsStr::new("/no/program"), &[], HOUR);
        let why = absent.failed.unwrap();
        assert!(why.starts_with("its test could not be started"), "{why}");
    }

    #[test]
    fn one_that_hangs_before_or_behind_its_answer_is_killed_and_counts_as_slow() {
        let short = Duration::from_millis(50);
        for script in ["exec sleep 3600", "exec >&-; exec sleep 3600"] {
            let said = result(script, short);
            let why = "its test did not end within 0.05 s";
            assert_eq!(said.failed.as_deref(), Some(why), "{script}");
            assert!(said.slow);
        }
    }
}
