//! Reads the log of `strace -f -y -xx`: what a program did to the disk, and what it answered, in order.
//!
//! A call that another thread interrupts in the log stands there twice, as begun and as ended; both places matter, as a
//! sync covers what was written before it began and holds once it has ended.

use std::collections::HashMap;

/// A system call that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    Open {
        fd: i32,
        path: String,
        create: bool,
        truncate: bool,
    },
    Close {
        fd: i32,
    },
    /// To a file, a socket or anything else that has a number; `at` is none where it goes on from the last one.
    Write {
        fd: i32,
        at: Option<u64>,
        data: Vec<u8>,
    },
    Truncate {
        fd: i32,
        length: u64,
    },
    Sync {
        fd: i32,
    },
    Rename {
        from: String,
        to: String,
    },
    Link {
        from: String,
        to: String,
    },
    Unlink {
        path: String,
    },
    MakeDir {
        path: String,
    },
}

/// One end of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    Begins,
    Ends,
}

/// Every call with both its moments, in the order of the log. The number names the call.
pub(crate) fn read(log: &str) -> Vec<(Moment, usize, Call)> {
    let mut found = Vec::new();
    let mut begun: HashMap<&str, (usize, String)> = HashMap::new();
    for (number, line) in log.lines().enumerate() {
        let Some((thread, rest)) = line.split_once(' ') else {
            continue;
        };
        let rest = rest.trim_start();
        if let Some(start) = rest.strip_suffix("<unfinished ...>") {
            begun.insert(thread, (number, start.trim_end().to_owned()));
        } else if rest.starts_with("<... ") {
            let Some((_, end)) = rest.split_once("resumed>") else {
                continue;
            };
            if let Some((start, mut text)) = begun.remove(thread) {
                text.push_str(end);
                if let Some(call) = call(&text) {
                    found.push((start, Moment::Begins, start, call.clone()));
                    found.push((number, Moment::Ends, start, call));
                }
            }
        } else if let Some(call) = call(rest) {
            found.push((number, Moment::Begins, number, call.clone()));
            found.push((number, Moment::Ends, number, call));
        }
    }
    // Stable: a call in one line begins before it ends.
    found.sort_by_key(|(at, ..)| *at);
    found
        .into_iter()
        .map(|(_, moment, id, call)| (moment, id, call))
        .collect()
}

fn call(text: &str) -> Option<Call> {
    let (name, rest) = text.split_once('(')?;
    let (arguments, answer) = rest.rsplit_once(") ")?;
    let answer = answer.trim().strip_prefix("= ")?;
    let answer: i64 = answer.split(['<', ' ']).next()?.parse().ok()?;
    if answer < 0 {
        return None;
    }
    let arguments = split(arguments);
    let argument = |n: usize| arguments.get(n).copied();
    let fd = |n: usize| -> Option<i32> { argument(n)?.split('<').next()?.parse().ok() };
    let path = |n: usize| String::from_utf8(bytes(argument(n)?)?).ok();
    let number = |n: usize| argument(n)?.parse::<u64>().ok();
    let written = usize::try_from(answer).ok()?;
    let cut = |mut data: Vec<u8>| {
        data.truncate(written);
        data
    };
    Some(match name {
        "open" | "openat" => {
            let first = usize::from(name == "openat");
            let flags = argument(first + 1)?;
            Call::Open {
                fd: i32::try_from(answer).ok()?,
                path: path(first)?,
                create: flags.contains("O_CREAT"),
                truncate: flags.contains("O_TRUNC"),
            }
        }
        "close" => Call::Close { fd: fd(0)? },
        "write" | "sendto" => Call::Write {
            fd: fd(0)?,
            at: None,
            data: cut(bytes(argument(1)?)?),
        },
        "pwrite64" => Call::Write {
            fd: fd(0)?,
            at: Some(number(3)?),
            data: cut(bytes(argument(1)?)?),
        },
        "writev" | "sendmsg" => {
            // Every string in quotes is a piece of the data; names of files are in angle brackets.
            let pieces = argument(1)?.split("iov_base=").skip(1);
            let data: Option<Vec<Vec<u8>>> = pieces.map(bytes).collect();
            Call::Write {
                fd: fd(0)?,
                at: None,
                data: cut(data?.concat()),
            }
        }
        "ftruncate" => Call::Truncate {
            fd: fd(0)?,
            length: number(1)?,
        },
        "fsync" | "fdatasync" => Call::Sync { fd: fd(0)? },
        "rename" => Call::Rename {
            from: path(0)?,
            to: path(1)?,
        },
        "renameat" | "renameat2" => Call::Rename {
            from: path(1)?,
            to: path(3)?,
        },
        "link" => Call::Link {
            from: path(0)?,
            to: path(1)?,
        },
        "linkat" => Call::Link {
            from: path(1)?,
            to: path(3)?,
        },
        "unlink" => Call::Unlink { path: path(0)? },
        "unlinkat" => Call::Unlink { path: path(1)? },
        "mkdir" => Call::MakeDir { path: path(0)? },
        "mkdirat" => Call::MakeDir { path: path(1)? },
        // Whoever adds a call to the trace teaches it to this reader.
        other => panic!("a system call this reader does not know: {other}"),
    })
}

/// Arguments, split at commas that stand outside of brackets and quotes.
fn split(text: &str) -> Vec<&str> {
    let (mut found, mut depth, mut quoted, mut start) = (Vec::new(), 0_i32, false, 0);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth -= 1,
            b',' if depth == 0 => {
                found.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(text[start..].trim());
    found
}

/// The first string in quotes; every byte of it is written `\xhh`.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let inside = text.split_once('"')?.1.split_once('"')?.0;
    assert!(
        !text.contains("\"..."),
        "the log cuts its strings off: a longer -s is needed"
    );
    let digits: String = inside.split("\\x").collect();
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok())
        .collect()
}

#[test]
fn a_log_of_two_threads_is_read() {
    let log = "\
1 openat(AT_FDCWD<\\x2f>, \"\\x2f\\x61\", O_RDWR|O_CREAT|O_CLOEXEC, 0644) = 9<\\x2f\\x61>
1 pwrite64(9<\\x2f\\x61>, \"\\x01\\x02\", 2, 4096 <unfinished ...>
2 fsync(9<\\x2f\\x61>) = 0
1 <... pwrite64 resumed>) = 2
2 writev(12<\\x73>, [{iov_base=\"\\x48\", iov_len=1}, {iov_base=\"\\x49\\x4a\", iov_len=2}], 2) = 3
2 openat(AT_FDCWD<\\x2f>, \"\\x2f\\x62\", O_RDONLY) = -1 ENOENT (No such file or directory)
";
    let open = Call::Open {
        fd: 9,
        path: "/a".to_owned(),
        create: true,
        truncate: false,
    };
    let write = Call::Write {
        fd: 9,
        at: Some(4096),
        data: vec![1, 2],
    };
    let sent = Call::Write {
        fd: 12,
        at: None,
        data: b"HIJ".to_vec(),
    };
    let sync = Call::Sync { fd: 9 };
    let expected = [
        (Moment::Begins, 0, open.clone()),
        (Moment::Ends, 0, open),
        (Moment::Begins, 1, write.clone()),
        (Moment::Begins, 2, sync.clone()),
        (Moment::Ends, 2, sync),
        (Moment::Ends, 1, write),
        (Moment::Begins, 4, sent.clone()),
        (Moment::Ends, 4, sent),
    ];
    assert_eq!(read(log), expected);
}
