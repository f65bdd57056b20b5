//! What every verb is handed, and what it may ask of it.

use std::path::Path;
use std::sync::Arc;

use super::args::TEST_ENCODER;
use super::exit::Exit;
use super::failure::Failure;
use crate::config::{Account, Environment, Settings};
use crate::encoders::{self, Candidate, Conditions, TestResult};
use crate::pipeline::{EncodeError, EncoderChoice, Encoders};
use crate::session::World;
use crate::spool::{Disk, Spool};

/// What `main` brings together once.
pub struct App {
    pub env: Environment,
    pub world: World,
    pub disk: Arc<dyn Disk>,
}

impl App {
    pub(super) fn spool(&self) -> Result<Spool, Failure> {
        Ok(Spool::open(&self.env.data_dir()?, Arc::clone(&self.disk))?)
    }

    /// What encodes pictures here; tested where that was not done since a driver changed.
    pub(super) fn encoders(&self, choice: EncoderChoice) -> Result<Encoders, Failure> {
        let folder = self.env.state_dir()?;
        encoders::choose(choice, &folder, &self.conditions())
            .map_err(|e| Failure::new(Exit::NothingToCapture, e.to_string()))
    }

    /// Remembers an encoder that failed in a take.
    pub(super) fn encoder_failed(&self, name: &str, why: &EncodeError) {
        if let Ok(folder) = self.env.state_dir() {
            encoders::note_failure(name, why, &folder, &self.conditions());
        }
    }

    /// In which encoders are tested now, each in a process of its own.
    pub(super) fn conditions(&self) -> Conditions<'static> {
        let root = Path::new("/");
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Conditions {
            machine: encoders::machine(root),
            now: self.world.wall.now(),
            idle: encoders::is_idle(root, cores),
            lacks: &|candidate| encoders::lacks(Path::new("/"), candidate),
            test: &test_encoder,
        }
    }

    pub(super) fn account(&self) -> Result<Option<Account>, Failure> {
        // Without a home there may still be a server in the environment.
        let settings = match self.env.config_file() {
            Ok(path) => Settings::load(&path)?,
            Err(_) => Settings::default(),
        };
        Ok(Account::find(&self.env, &settings)?)
    }
}

fn test_encoder(candidate: &Candidate) -> TestResult {
    match std::env::current_exe() {
        Ok(program) => {
            let args = [TEST_ENCODER, candidate.name];
            encoders::test_in_a_process(candidate.name, program.as_os_str(), &args, encoders::LIMIT)
        }
        Err(error) => {
            let why = format!("its test could not be started ({error})");
            TestResult::failed(candidate.name, why, false)
        }
    }
}

/// The network's thread. Its tasks read the spool and speak HTTP; nothing else runs there.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("network")
        .enable_all()
        .build()
        .map_err(|e| {
            Failure::new(
                Exit::Failed,
                format!("the recorder could not start a thread ({e})"),
            )
        })
}
