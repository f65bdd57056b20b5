//! `aside test-encoder`: the self-test of one encoder, for the recorder that started this process. `aside encode-pictures`: its takes.

use std::process::abort;
use std::thread::Builder;

use crossbeam_channel::{RecvTimeoutError, bounded};

use super::app::App;
use super::exit::Exit;
use super::failure::Failure;
use super::show::out;
use crate::encoders::{Candidate, LIMIT, self_test, serve};
use crate::pipeline::EncoderChoice;

pub(super) fn test_encoder(app: &App, encoder: &str) -> Result<Exit, Failure> {
    let candidate = driver(encoder)?;
    // Whoever started it may be gone before the limit is: no process is left behind inside of a driver.
    let (done, waits) = bounded::<()>(0);
    let watch = Builder::new().name("watch".to_owned()).spawn(move || {
        if waits.recv_timeout(LIMIT * 2) == Err(RecvTimeoutError::Timeout) {
            abort();
        }
    });
    let begin = app.world.clock.now();
    let elapsed = || app.world.clock.now().since(begin);
    let result = self_test(&candidate, &elapsed);
    drop(done);
    if let Ok(watch) = watch {
        let _ = watch.join();
    }
    out(&serde_json::to_string(&result).unwrap_or_default());
    Ok(Exit::Ok)
}

/// Encodes pictures for the recorder that started this process, until that asks for no more.
pub(super) fn encode_pictures(encoder: &str) -> Result<Exit, Failure> {
    match serve(&driver(encoder)?) {
        Ok(()) => Ok(Exit::Ok),
        Err(error) => Err(Failure::new(Exit::Failed, error.to_string())),
    }
}

fn driver(name: &str) -> Result<Candidate, Failure> {
    let unknown = || Failure::new(Exit::Usage, format!("there is no encoder {name:?}"));
    EncoderChoice::driver(name).ok_or_else(unknown)
}
