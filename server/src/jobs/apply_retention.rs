//! Announces what goes to the trash by a rule of retention, and moves there what was announced for long enough.

use std::time::Duration;

use super::{Context, Next, Trouble};
use crate::service::mail::Mailer;
use crate::service::retention::{Applied, apply};

const HOUR: Duration = Duration::from_secs(3600);

pub(super) async fn run(cx: &Context<'_>) -> Result<Next, Trouble> {
    let mailer = cx.tools.smtp();
    let mailer = mailer.map(|smtp| Mailer::new(smtp.public().clone()));
    let leave = || cx.leaving.is_cancelled();
    let Some(Applied { announced, trashed }) = apply(cx.resources, mailer.as_ref(), leave).await?
    else {
        return Ok(Next::Again {
            after: Duration::ZERO,
        });
    };
    if announced + trashed > 0 {
        tracing::info!(
            announced,
            trashed,
            "rules of retention: {trashed} recordings moved to the trash, {announced} announced"
        );
    }
    Ok(Next::Again { after: HOUR })
}
