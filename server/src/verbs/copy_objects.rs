//! `aside-server copy-objects`: the media of one place into another.

use anyhow::Context as _;
use aside_server::config::Config;
use aside_server::objects::Objects;
use aside_server::objects::copy::{Copied, copy_all};

use super::{open, say};

/// How many objects between two lines of progress.
const TOLD_EVERY: u64 = 1000;

/// Copies what is missing to a folder or an `s3://` address. The server may be running: whoever moves runs it once more when it has stopped.
pub(crate) fn run(config: &Config, to: &str) -> anyhow::Result<()> {
    open::runtime()?.block_on(async {
        let from = open::objects(config)?;
        let target = if to.starts_with("s3://") {
            Objects::bucket(to, open::aws_settings())
        } else {
            Objects::folder(std::path::Path::new(to))
        };
        let target = target.with_context(|| format!("cannot open {}", shown(to)))?;
        let progress = |done: Copied| {
            if (done.objects + done.present).is_multiple_of(TOLD_EVERY) {
                say::line(&told(&done));
            }
        };
        let done = copy_all(&from, &target, progress).await.context(
            "the copy is not complete; what was copied stays, and the same command goes on from there",
        )?;
        say::line(&told(&done));
        say::line(&format!("{} holds everything now", shown(to)));
        Ok(())
    })
}

/// Without the secrets in it.
fn shown(address: &str) -> &str {
    address.split('?').next().unwrap_or(address)
}

fn told(done: &Copied) -> String {
    let mut text = format!(
        "{} objects copied ({:.1} MB), {} were there already",
        done.objects,
        done.bytes as f64 / 1e6,
        done.present
    );
    if done.vanished > 0 {
        text += &format!(", {} were deleted meanwhile", done.vanished);
    }
    text
}
