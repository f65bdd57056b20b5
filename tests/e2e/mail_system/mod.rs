//! A mail system of its own: Exim takes mails by SMTP and hands them on by LMTP, to the mailboxes of Dovecot or to the server under test.
//!
//! Both want to change users where they are started by root, and cannot where they are not: both work.

use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use harness::program::{Program, output};
use harness::{TIMEOUT, eventually};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;

/// The beginning of the name of a mail that cannot be read.
const UNREADABLE: &str = "1000000000.M1P1.broken";

/// Who keeps mailboxes where root starts it: nobody.
const NOBODY: u32 = 65_534;

#[derive(Debug)]
pub(crate) struct MailSystem {
    pub(crate) smtp: u16,
    pub(crate) imap: u16,
    /// TLS from the first byte.
    pub(crate) imaps: u16,
    folder: tempfile::TempDir,
    _dovecot: Program,
    _exim: Program,
}

impl MailSystem {
    /// Mails with the field `X-Way: lmtp` go to the socket [`Self::socket`], all others to the mailbox of who stands in front of the `@`.
    ///
    /// # Errors
    /// When it does not come up.
    pub(crate) async fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        certificate(folder.path()).await?;
        let mut last = String::new();
        // Another program may take a port in between.
        for _ in 0..5 {
            let [smtp, imap, imaps, lmtp] = free_ports().await?;
            let dovecot = dovecot(folder.path(), [imap, imaps, lmtp]).await?;
            let exim = exim(folder.path(), smtp, lmtp)?;
            let programs = [
                ("exim4", smtp),
                ("dovecot", imap),
                ("dovecot", imaps),
                ("dovecot", lmtp),
            ];
            let mut up = true;
            for (name, port) in programs {
                let answers = eventually(name, TIMEOUT, || async move {
                    Ok(TcpStream::connect(("127.0.0.1", port)).await.ok())
                });
                up &= answers.await.is_ok();
            }
            if up {
                return Ok(Self {
                    smtp,
                    imap,
                    imaps,
                    folder,
                    _dovecot: dovecot,
                    _exim: exim,
                });
            }
            last = format!("{}{}", dovecot.said(), exim.said());
        }
        anyhow::bail!("Exim and Dovecot do not start: {last}")
    }

    /// Where mails go that are marked for it.
    pub(crate) fn socket(&self) -> PathBuf {
        socket(self.folder.path())
    }

    /// The certificate of the mailboxes, for `localhost`.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    /// Puts a mail into somebody's mailbox that Dovecot lists and cannot read, as on a disk that is broken in one place. It stands in
    /// front of all others.
    ///
    /// # Errors
    /// When there is no such mailbox yet.
    pub(crate) fn put_unreadable(&self, who: &str) -> Result<()> {
        // Its sizes stand in the name, so that it need not be opened to be listed.
        let name = format!("mail/{who}/Maildir/new/{UNREADABLE},S=300,W=310");
        let path = self.folder.path().join(name);
        std::fs::write(&path, "Subject: never read\n\n")?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000))?;
        Ok(())
    }

    /// The name of that mail now, with what Dovecot notes about it.
    ///
    /// # Errors
    /// When the mailbox cannot be read.
    pub(crate) fn unreadable(&self, who: &str) -> Result<Option<String>> {
        let maildir = self.folder.path().join("mail").join(who).join("Maildir");
        for part in ["new", "cur"] {
            for file in std::fs::read_dir(maildir.join(part))? {
                let name = file?.file_name().to_string_lossy().into_owned();
                if name.starts_with(UNREADABLE) {
                    return Ok(Some(name));
                }
            }
        }
        Ok(None)
    }

    /// A file that holds the password of every mailbox.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn password_file(&self) -> Result<PathBuf> {
        let path = self.folder.path().join("password");
        std::fs::write(&path, "secret\n")?;
        Ok(path)
    }

    /// All mails in somebody's mailbox, with what Dovecot notes about each in its name.
    ///
    /// # Errors
    /// When one cannot be read.
    pub(crate) fn mails(&self, who: &str) -> Result<Vec<(String, String)>> {
        let mut found = Vec::new();
        for part in ["new", "cur"] {
            let folder = self
                .folder
                .path()
                .join("mail")
                .join(who)
                .join("Maildir")
                .join(part);
            let Ok(files) = std::fs::read_dir(folder) else {
                continue;
            };
            for file in files {
                let path = file?.path();
                // It may be moved from one folder to the other meanwhile.
                if let Ok(raw) = std::fs::read(&path) {
                    let name = path.file_name().unwrap_or_default();
                    let raw = String::from_utf8_lossy(&raw).replace("\r\n", "\n");
                    found.push((name.to_string_lossy().into_owned(), raw));
                }
            }
        }
        Ok(found)
    }

    /// Waits for a mail in somebody's mailbox that holds these words.
    ///
    /// # Errors
    /// When there is none in time.
    pub(crate) async fn mail(&self, who: &str, words: &str) -> Result<String> {
        eventually(words, TIMEOUT * 2, || async move {
            let mails = self.mails(who)?.into_iter();
            Ok(mails.map(|it| it.1).find(|it| it.contains(words)))
        })
        .await
    }

    /// Sends a mail, as a mail program does.
    ///
    /// # Errors
    /// When it is not taken.
    pub(crate) async fn send(&self, from: &str, to: &str, raw: &str) -> Result<()> {
        let mut line = BufReader::new(TcpStream::connect(("127.0.0.1", self.smtp)).await?);
        let body = raw.replace('\n', "\r\n").replace("\r\n.", "\r\n..");
        let talk = [
            (String::new(), '2'),
            ("EHLO client.test\r\n".to_owned(), '2'),
            (format!("MAIL FROM:<{from}>\r\n"), '2'),
            (format!("RCPT TO:<{to}>\r\n"), '2'),
            ("DATA\r\n".to_owned(), '3'),
            (format!("{body}\r\n.\r\n"), '2'),
            ("QUIT\r\n".to_owned(), '2'),
        ];
        for (say, wanted) in talk {
            line.write_all(say.as_bytes()).await?;
            let mut heard = String::from("   -");
            while heard.as_bytes().get(3) == Some(&b'-') {
                heard.clear();
                line.read_line(&mut heard).await?;
            }
            ensure!(heard.starts_with(wanted), "{say}: {heard}");
        }
        Ok(())
    }
}

fn socket(folder: &Path) -> PathBuf {
    folder.join("aside-lmtp")
}

/// A certificate of its own, for `localhost`, and its key.
async fn certificate(folder: &Path) -> Result<()> {
    let mut openssl = command("openssl");
    openssl
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt"])
        .args(["ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=localhost", "-addext"])
        .args(["subjectAltName=DNS:localhost", "-addext"])
        .args(["basicConstraints=critical,CA:FALSE", "-keyout"])
        .arg(folder.join("key.pem"))
        .arg("-out")
        .arg(folder.join("certificate.pem"));
    output(&mut openssl).await.context("openssl")?;
    Ok(())
}

async fn free_ports() -> Result<[u16; 4]> {
    let all = [
        TcpListener::bind("127.0.0.1:0").await?,
        TcpListener::bind("127.0.0.1:0").await?,
        TcpListener::bind("127.0.0.1:0").await?,
        TcpListener::bind("127.0.0.1:0").await?,
    ];
    let [a, b, c, d] = &all;
    Ok([
        a.local_addr()?.port(),
        b.local_addr()?.port(),
        c.local_addr()?.port(),
        d.local_addr()?.port(),
    ])
}

fn is_root() -> bool {
    rustix::process::getuid().is_root()
}

/// A folder that whoever keeps mails may write.
fn kept(folder: &Path, name: &str) -> Result<PathBuf> {
    let path = folder.join(name);
    std::fs::create_dir_all(&path)?;
    if is_root() {
        // What leads there must be open to others.
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))?;
        chown(&path, Some(NOBODY), Some(NOBODY))?;
    }
    Ok(path)
}

fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin");
    command
}

async fn dovecot(folder: &Path, ports: [u16; 3]) -> Result<Program> {
    let [imap, imaps, lmtp] = ports;
    let mail = kept(folder, "mail")?;
    let keys = folder.display();
    let (run, mail) = (folder.join("dovecot"), mail.display().to_string());
    let run = run.display();
    let (users, keeps) = if is_root() {
        (String::new(), NOBODY.to_string())
    } else {
        let id = async |flag| -> Result<String> {
            let printed = output(command("id").arg(flag)).await?;
            Ok(String::from_utf8(printed)?.trim().to_owned())
        };
        let (user, group) = (id("-un").await?, id("-gn").await?);
        let users = format!(
            "default_internal_user = {user}\ndefault_login_user = {user}\ndefault_internal_group = {group}\n\
             service anvil {{\n  chroot =\n}}\nservice imap-login {{\n  chroot =\n}}\nservice stats {{\n  chroot =\n}}\n"
        );
        (users, user)
    };
    let group = if is_root() {
        format!("gid={NOBODY} ")
    } else {
        String::new()
    };
    let settings = format!(
        "base_dir = {run}/run\nstate_dir = {run}/state\nlog_path = /dev/stderr\nprotocols = imap lmtp\nssl = yes\n\
         ssl_cert = <{keys}/certificate.pem\nssl_key = <{keys}/key.pem\n\
         disable_plaintext_auth = no\nlisten = 127.0.0.1\nfirst_valid_uid = 1\n{users}\
         service imap-login {{\n  inet_listener imap {{\n    port = {imap}\n  }}\n  inet_listener imaps {{\n    port = {imaps}\n    ssl = yes\n  }}\n}}\n\
         service lmtp {{\n  inet_listener lmtp {{\n    address = 127.0.0.1\n    port = {lmtp}\n  }}\n}}\n\
         passdb {{\n  driver = static\n  args = password=secret\n}}\n\
         userdb {{\n  driver = static\n  args = uid={keeps} {group}home={mail}/%n\n}}\n\
         mail_location = maildir:~/Maildir\nrecipient_delimiter = +\n"
    );
    let path = folder.join("dovecot.conf");
    std::fs::write(&path, settings)?;
    let mut command = command("dovecot");
    command.arg("-F").arg("-c").arg(&path);
    Program::start("dovecot", command)
        .context("dovecot is not installed: scripts/setup.sh test installs it")
}

fn exim(folder: &Path, smtp: u16, lmtp: u16) -> Result<Program> {
    let spool = kept(folder, "exim")?;
    let spool = spool.display();
    let socket = socket(folder);
    // It starts for a plain user only under that user's own numbers.
    let (user, group) = if is_root() {
        (NOBODY, NOBODY)
    } else {
        let (user, group) = (rustix::process::getuid(), rustix::process::getgid());
        (user.as_raw(), group.as_raw())
    };
    let user = format!("exim_user = {user}\nexim_group = {group}\n");
    let settings = format!(
        "keep_environment =\nspool_directory = {spool}\nlog_file_path = {spool}/%slog\npid_file_path = {spool}/pid\n\
         primary_hostname = mail.test\n{user}tls_advertise_hosts =\nhost_lookup =\nmessage_size_limit = 50M\n\
         acl_smtp_rcpt = accept\nacl_smtp_data = accept\n\
         begin routers\n\
         marked:\n  driver = accept\n  condition = ${{if eq{{$h_X-Way:}}{{lmtp}}}}\n  transport = socket\n\
         others:\n  driver = accept\n  transport = mailbox\n\
         begin transports\n\
         socket:\n  driver = lmtp\n  socket = {}\n  batch_max = 1\n\
         mailbox:\n  driver = smtp\n  protocol = lmtp\n  hosts = 127.0.0.1\n  port = {lmtp}\n  allow_localhost\n\
         begin retry\n* * F,1h,1s\n",
        socket.display()
    );
    let path = folder.join("exim.conf");
    std::fs::write(&path, settings)?;
    let mut command = command("exim4");
    command
        .arg("-C")
        .arg(&path)
        .args(["-bdf", "-q1s", "-oX"])
        .arg(format!("127.0.0.1.{smtp}"));
    Program::start("exim4", command)
        .context("exim4 is not installed: scripts/setup.sh test installs it")
}
