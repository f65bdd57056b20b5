//! The line to a mail server: a real one (Exim), with a password, over STARTTLS and over TLS from the first byte.

use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use harness::program::{Program, output};
use harness::{TIMEOUT, TestSetup, eventually};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;

/// Who delivers where root starts it: nobody.
const NOBODY: u32 = 65_534;

struct MailServer {
    /// STARTTLS.
    submission: u16,
    /// TLS from the first byte.
    tls: u16,
    folder: tempfile::TempDir,
    _program: Program,
}

impl MailServer {
    async fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        certificate(folder.path()).await?;
        let mut last = String::new();
        // Another program may take a port in between.
        for _ in 0..5 {
            let ports = [
                TcpListener::bind("127.0.0.1:0").await?,
                TcpListener::bind("127.0.0.1:0").await?,
            ];
            let [submission, tls] = [ports[0].local_addr()?.port(), ports[1].local_addr()?.port()];
            drop(ports);
            let program = exim(folder.path(), submission, tls)?;
            let up = eventually("a mail server", TIMEOUT, || async move {
                Ok(TcpStream::connect(("127.0.0.1", tls)).await.ok())
            });
            if up.await.is_ok() {
                return Ok(Self {
                    submission,
                    tls,
                    folder,
                    _program: program,
                });
            }
            last = program.said();
        }
        anyhow::bail!("Exim does not start: {last}")
    }

    fn certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    /// All that was delivered.
    fn mails(&self) -> String {
        let mailbox = self.folder.path().join("spool/mailbox");
        std::fs::read_to_string(mailbox).unwrap_or_default()
    }
}

/// A certificate of its own, for `localhost`, and its key.
async fn certificate(folder: &Path) -> Result<()> {
    let mut openssl = Command::new("openssl");
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

fn exim(folder: &Path, submission: u16, tls: u16) -> Result<Program> {
    let spool = folder.join("spool");
    std::fs::create_dir_all(&spool)?;
    let (uid, gid) = if rustix::process::getuid().is_root() {
        // What leads there must be open to others.
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))?;
        for path in [&spool, &folder.join("key.pem")] {
            chown(path, Some(NOBODY), Some(NOBODY))?;
        }
        (NOBODY, NOBODY)
    } else {
        // Only who is Exim's own user starts it without root.
        let (user, group) = (rustix::process::getuid(), rustix::process::getgid());
        (user.as_raw(), group.as_raw())
    };
    let (folder, spool) = (folder.display(), spool.display());
    let settings = format!(
        "keep_environment =\nspool_directory = {spool}\nlog_file_path = {spool}/%slog\npid_file_path = {spool}/pid\n\
         primary_hostname = localhost\nexim_user = {uid}\nexim_group = {gid}\nlocal_interfaces = 127.0.0.1\ndaemon_smtp_ports = {submission} : {tls}\n\
         tls_on_connect_ports = {tls}\ntls_advertise_hosts = *\nauth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}\n\
         tls_certificate = {folder}/certificate.pem\ntls_privatekey = {folder}/key.pem\nhost_lookup =\n\
         acl_smtp_rcpt = rights\nacl_smtp_data = accept\n\
         begin acl\nrights:\n  require\n    message = 5.7.0 sign in first\n    authenticated = *\n  accept\n\
         begin routers\nall:\n  driver = accept\n  transport = file\n\
         begin transports\nfile:\n  driver = appendfile\n  file = {spool}/mailbox\n\
         begin authenticators\nplain:\n  driver = plaintext\n  public_name = PLAIN\n  server_prompts = :\n  \
         server_condition = ${{if and{{{{eq{{$auth2}}{{aside}}}}{{eq{{$auth3}}{{secret}}}}}}}}\n  server_set_id = $auth2\n"
    );
    let path = format!("{folder}/exim.conf");
    std::fs::write(&path, settings)?;
    let mut command = Command::new("exim4");
    command
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin")
        .args(["-C", &path, "-bdf", "-q1s"]);
    Program::start("exim4", command)
        .context("exim4 is not installed: scripts/setup.sh test installs it")
}

/// What `doctor` says of the mail server after it sent a mail there.
async fn told(
    setup: &TestSetup,
    mails: &MailServer,
    address: &str,
    password: &str,
    trusted: bool,
) -> Result<String> {
    let file = mails.folder.path().join("password");
    std::fs::write(&file, format!("{password}\n"))?;
    let file = file.display().to_string();
    let mut doctor = setup.server.verb(&[
        "doctor",
        "--mail",
        "ana@example.org",
        "--smtp",
        address,
        "--smtp-password-file",
        &file,
        "--mail-from",
        "Aside <aside@example.org>",
        "--public-url",
        "https://aside.example.org",
    ])?;
    if trusted {
        doctor.env("SSL_CERT_FILE", mails.certificate());
    }
    let said = doctor.output().await?;
    let said = [said.stdout, said.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    let line = said.lines().find(|line| line.contains("aside@example.org"));
    Ok(line.with_context(|| said.clone())?.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mails_go_with_a_password_over_tls_alone_and_only_to_the_server_that_was_meant()
-> Result<()> {
    let (setup, mails) = (TestSetup::new().await?, MailServer::start().await?);
    let starttls = format!("smtp://aside@localhost:{}", mails.submission);
    let tls = format!("smtps://aside@localhost:{}", mails.tls);
    for (n, address) in [&starttls, &tls].into_iter().enumerate() {
        let said = told(&setup, &mails, address, "secret", true).await?;
        ensure!(said.contains("took a test mail"), "{address}: {said}");
        // RFC 3848: by SMTP with TLS, signed in.
        let arrived = eventually("the mail", TIMEOUT, || async {
            let all = mails.mails();
            let whole = all.matches("with esmtpsa").count() > n && all.contains("A test mail");
            Ok(whole.then_some(()))
        });
        arrived.await.with_context(|| mails.mails())?;
    }
    let arrived = mails.mails();
    for (address, password, trusted, why) in [
        // A password that does not fit; a certificate of nobody known; one of another name.
        (starttls.clone(), "wrong", true, "535"),
        (tls.clone(), "wrong", true, "535"),
        (starttls, "secret", false, "certificate"),
        (tls, "secret", false, "certificate"),
        (
            format!("smtp://aside@127.0.0.1:{}", mails.submission),
            "secret",
            true,
            "certificate",
        ),
    ] {
        let said = told(&setup, &mails, &address, password, trusted).await?;
        let refused = said.contains("did not take a mail") && said.to_lowercase().contains(why);
        ensure!(refused, "{address}: {said}");
    }
    ensure!(mails.mails() == arrived, "nothing was sent to a stranger");
    Ok(())
}
