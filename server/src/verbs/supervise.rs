//! Keeps a worker process running beside the server: decoding and speech must not be able to take
//! the server down with them.
//!
//! The worker's stdin is a pipe from the server. A byte says that a recording changed, so that the worker looks for jobs;
//! when it closes, because the server ended or was killed, the worker ends too.

use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;
use std::time::Duration;

use aside_server::config::Config;
use aside_server::config::assistant::KeyFrom;
use aside_server::notify::Notify;
use rustix::process::Signal;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, ChildStdin, Command};
use tokio_util::sync::CancellationToken;

use super::worker::PARENT_PIPE;

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// A worker that lived this long was stable: the next failure starts with a short pause again.
const STABLE_AFTER: Duration = Duration::from_secs(60);
/// For what the worker is doing when it is told to end; after that it is killed, and its lease runs out.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(12);

/// Starts workers, one after the other, until `leaving`.
pub(super) async fn keep_alive(config: Config, notify: Notify, leaving: CancellationToken) {
    let mut pause = FIRST_PAUSE;
    while !leaving.is_cancelled() {
        let stable = tokio::time::sleep(STABLE_AFTER);
        tokio::pin!(stable);
        match start(&config) {
            Ok(mut child) => {
                // `Child::wait` closes the stdin it finds, so the pipe is held here.
                let parent_pipe = child.stdin.take();
                let was_stable = tokio::select! {
                    () = tell(parent_pipe, &notify) => false,
                    status = child.wait() => {
                        if leaving.is_cancelled() {
                            return;
                        }
                        tracing::warn!(?status, "the worker ended; it is started again in {} s", pause.as_secs());
                        if let Ok(status) = status && status.signal() == Some(Signal::ILL.as_raw()) {
                            tracing::error!("the worker met an instruction that this processor does not have; `aside-server doctor` says what it was compiled for. Programs that are built on this machine run on it");
                        }
                        stable.is_elapsed()
                    }
                    // The pipe is closed by then.
                    () = leaving.cancelled() => return end(child).await,
                };
                if was_stable {
                    pause = FIRST_PAUSE;
                }
            }
            Err(cause) => tracing::error!(%cause, "cannot start a worker: {cause}"),
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = leaving.cancelled() => return,
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Tells the worker of changes for ever: what comes while it reads is told once.
async fn tell(pipe: Option<ChildStdin>, notify: &Notify) {
    let mut changes = notify.subscribe_all();
    let Some(mut pipe) = pipe else {
        return std::future::pending().await;
    };
    loop {
        changes.changed().await;
        if pipe.write_all(b"\n").await.is_err() {
            // It has ended; who waits for it hears of that.
            return std::future::pending().await;
        }
    }
}

/// The same program, with the same settings. They travel in the environment, because an argument
/// list, with a database password in it, can be read by everybody on the machine.
fn start(config: &Config) -> std::io::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .arg("worker")
        .env(PARENT_PIPE, "1")
        .env("ASIDE_DATA", &config.data)
        .env("ASIDE_DATABASE", &config.database)
        .env(
            "ASIDE_ATTACHMENT_MB",
            (config.attachment_bytes / (1024 * 1024)).to_string(),
        );
    // What is not set here must not come from somewhere else.
    command
        .env_remove("ASIDE_CONFIG")
        .env_remove("ASIDE_OBJECTS")
        .env_remove("ASIDE_WHISPER_MODEL")
        .env_remove("ASIDE_SCREEN_TEXT")
        .env_remove("ASIDE_PUBLIC_URL")
        .env_remove("ASIDE_OUTBOUND_ALLOW")
        .env_remove("ASIDE_ASSISTANT_URL")
        .env_remove("ASIDE_ASSISTANT_MODEL")
        .env_remove("ASIDE_ASSISTANT_KEY")
        .env_remove("ASIDE_ASSISTANT_KEY_FILE")
        .env_remove("ASIDE_ASSISTANT_CONTEXT")
        .env_remove("ASIDE_SMTP")
        .env_remove("ASIDE_SMTP_PASSWORD_FILE")
        .env_remove("ASIDE_SMTP_RATE")
        .env_remove("ASIDE_MAIL_FROM")
        .env_remove("ASIDE_REPLY_ADDRESS")
        .env_remove("ASIDE_REPLY_IMAP")
        .env_remove("ASIDE_REPLY_IMAP_PASSWORD_FILE")
        .env_remove("ASIDE_REPLY_LMTP")
        .env_remove("ASIDE_REPLY_PROVED_BY");
    if let Some(objects) = &config.objects {
        command.env("ASIDE_OBJECTS", objects);
    }
    if let Some(model) = &config.whisper_model {
        command.env("ASIDE_WHISPER_MODEL", model);
    }
    if let Some(languages) = &config.screen_text {
        command.env("ASIDE_SCREEN_TEXT", languages.to_string());
    }
    if let Some(url) = &config.public_url {
        command.env("ASIDE_PUBLIC_URL", url.as_str());
    }
    if !config.outbound_allow.is_empty() {
        command.env("ASIDE_OUTBOUND_ALLOW", config.outbound_allow.to_string());
    }
    if let Some(assistant) = &config.assistant {
        command
            .env("ASIDE_ASSISTANT_URL", assistant.base.as_str())
            .env("ASIDE_ASSISTANT_MODEL", &assistant.model)
            .env("ASIDE_ASSISTANT_CONTEXT", assistant.context.to_string());
        match &assistant.key {
            Some(KeyFrom::File(file)) => command.env("ASIDE_ASSISTANT_KEY_FILE", file),
            Some(KeyFrom::Setting(key)) => command.env("ASIDE_ASSISTANT_KEY", key.reveal()),
            None => &mut command,
        };
    }
    if let Some(mail) = &config.mail {
        command
            .env("ASIDE_SMTP", mail.url.as_str())
            .env("ASIDE_MAIL_FROM", &mail.from);
        if let Some((_, file)) = &mail.login {
            command.env("ASIDE_SMTP_PASSWORD_FILE", file);
        }
        if let Some(rate) = mail.rate {
            command.env("ASIDE_SMTP_RATE", rate.to_string());
        }
    }
    if let Some(replies) = &config.replies {
        command.env("ASIDE_REPLY_ADDRESS", replies.address.to_string());
        if let Some(imap) = &replies.imap {
            command
                .env("ASIDE_REPLY_IMAP", imap.url.as_str())
                .env("ASIDE_REPLY_IMAP_PASSWORD_FILE", &imap.password_file);
        }
        // It listens nowhere; without a way in the address would be refused.
        if let Some(lmtp) = &replies.lmtp {
            command.env("ASIDE_REPLY_LMTP", lmtp.to_string());
        }
        if let Some(server) = &replies.proved_by {
            command.env("ASIDE_REPLY_PROVED_BY", server);
        }
    }
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
}

async fn end(mut child: Child) {
    if tokio::time::timeout(SHUTDOWN_GRACE, child.wait())
        .await
        .is_err()
    {
        tracing::warn!(
            "the worker did not end in time and is killed; its work goes on at the next start"
        );
        if let Err(cause) = child.kill().await {
            tracing::error!(%cause, "cannot kill the worker: {cause}");
        }
    }
}
