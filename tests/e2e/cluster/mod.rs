//! Several servers, each with a worker, on one PostgreSQL and one bucket, behind nginx with the configuration of
//! `docs/samples/nginx.conf`.

mod bucket;

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use tokio::net::TcpListener;
use tokio::process::Command;

use bucket::Bucket;
use harness::program::Program;
use harness::{Api, Database, ServerProcess, Settings, TIMEOUT, api, eventually};

/// The servers, what they share, and the proxy in front of them.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) servers: Vec<ServerProcess>,
    /// Where people reach it: `http://127.0.0.1:PORT`, nginx.
    pub(crate) url: String,
    _bucket: Bucket,
    _nginx: Program,
    _folder: tempfile::TempDir,
}

impl Cluster {
    /// Two servers with a worker each; `more` are further settings of each, such as `--media`.
    ///
    /// # Errors
    /// When anything of it does not come up.
    pub(crate) async fn start(more: &[&str]) -> Result<Self> {
        let database = Database::postgres().await?;
        let bucket = Bucket::start().await?;
        let mut servers = Vec::new();
        for _ in 0..2 {
            let settings = Settings {
                database: database.clone(),
                objects: Some(bucket.url()),
                worker: true,
                more: ["--trusted-proxy", "127.0.0.1"]
                    .iter()
                    .chain(more)
                    .map(|arg| (*arg).to_owned())
                    .collect(),
                ..Settings::default()
            };
            servers.push(ServerProcess::start_with(settings).await?);
        }
        let folder = tempfile::tempdir()?;
        let addresses: Vec<&str> = servers.iter().map(|s| s.address.as_str()).collect();
        let (nginx, url) = proxy(folder.path(), &addresses, &bucket).await?;
        Ok(Self {
            servers,
            url,
            _bucket: bucket,
            _nginx: nginx,
            _folder: folder,
        })
    }

    /// A fresh account, and what it may ask through nginx.
    ///
    /// # Errors
    /// When an account cannot be made.
    pub(crate) async fn person(&self, email: &str) -> Result<Api> {
        let server = self.servers.first().context("a server")?;
        let there = server.person(email).await?;
        Ok(Api::new(&self.url, there.token))
    }

    /// What somebody without an account may ask through nginx.
    pub(crate) fn stranger(&self) -> Api {
        Api::new(&self.url, None)
    }
}

/// Starts nginx on a free port. Another program may take the port in between, so it is tried more than once.
async fn proxy(folder: &Path, servers: &[&str], bucket: &Bucket) -> Result<(Program, String)> {
    let mut last = None;
    for _ in 0..5 {
        let address = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
        let path = folder.join("nginx.conf");
        std::fs::write(
            &path,
            configuration(folder, address.port(), servers, bucket)?,
        )?;
        let mut command = Command::new("nginx");
        command.arg("-p").arg(folder).arg("-c").arg(&path);
        command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin");
        let mut nginx = Program::start("nginx", command)
            .context("nginx is not installed: scripts/setup.sh test installs it")?;
        let url = format!("http://{address}");
        let health = format!("{url}/healthz");
        let up = eventually("nginx passing requests on", TIMEOUT, || {
            let ended = nginx.has_ended();
            let health = &health;
            async move {
                if ended? {
                    return Ok(Some(false));
                }
                let answer = api::http().get(health).send().await?;
                Ok(answer.status().is_success().then_some(true))
            }
        })
        .await?;
        if up {
            return Ok((nginx, url));
        }
        last = Some(nginx.said());
    }
    anyhow::bail!("nginx does not start: {}", last.unwrap_or_default())
}

/// The documented sample with these addresses, without TLS, with everything it writes below `folder`.
fn configuration(folder: &Path, port: u16, servers: &[&str], bucket: &Bucket) -> Result<String> {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/samples/nginx.conf");
    let sample = std::fs::read_to_string(&sample).context("docs/samples/nginx.conf")?;
    let documented = ["127.0.0.1:4646", "127.0.0.1:4647"];
    ensure!(documented.len() == servers.len());
    let mut site = String::new();
    for line in sample.lines() {
        let mut line = line.to_owned();
        for (from, to) in documented.iter().zip(servers) {
            line = line.replace(from, to);
        }
        line = line
            .replace("443 ssl", &format!("127.0.0.1:{port}"))
            .replace(
                "/var/lib/aside/objects",
                &bucket.objects().display().to_string(),
            );
        if !line.trim_start().starts_with("ssl_") {
            writeln!(site, "{line}")?;
        }
    }
    let folder = folder.display();
    Ok(format!(
        "daemon off;\nmaster_process off;\nworker_processes 1;\npid {folder}/nginx.pid;\nerror_log stderr warn;\n\
         events {{ worker_connections 1024; }}\n\
         http {{\naccess_log off;\nclient_body_temp_path {folder}/body;\nproxy_temp_path {folder}/proxy;\n\
         fastcgi_temp_path {folder}/fastcgi;\nuwsgi_temp_path {folder}/uwsgi;\nscgi_temp_path {folder}/scgi;\n{site}}}\n"
    ))
}
