//! `aside test-encoder`: the self-test of one encoder, for the recorder that started this process.

use std::process::abort;
use std::thread::Builder;

use crossbeam_channel::{RecvTimeoutError, bounded};

use super::app::App;
use super::exit::Exit;
use super::failure::Failure;
use super::show::out;
use crate::encoders::{LIMIT, self_test};
use crate::pipeline::EncoderChoice;

pub(super) fn test_encoder(app: &App, encoder: &str) -> Result<Exit, Failure> {
    let all = EncoderChoice::ALL.iter().flat_map(|c| c.to_test());
    let candidate = all.into_iter().find(|c| c.name == encoder);
    let candidate = candidate
        .ok_or_else(|| Failure::new(Exit::Usage, format!("there is no encoder {encoder:?}")))?;
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
