//! One message to one browser's push service, and what is forgotten with a browser.

use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::{Context, Trouble};
use crate::checked_http::{Ask, CheckedHttp};
use crate::domain::push::PushSubscription;
use crate::domain::push::message::PushMessage;
use crate::domain::push::outcome::Outcome;
use crate::service::push::seal;
use crate::store::{Tx, push_subscriptions};

pub(super) async fn send(
    cx: &Context<'_>,
    http: &CheckedHttp,
    browser: &PushSubscription,
    message: &PushMessage,
) -> Result<Outcome, Trouble> {
    let key = cx.tools.vapid().get(cx.resources).await?;
    let sealed = match seal(browser, message, key, cx.tools.public(), cx.now()) {
        Ok(sealed) => sealed,
        Err(cause) => {
            tracing::warn!(id = %browser.id, %cause, "a message cannot be encrypted: {cause}");
            return Ok(Outcome::Gone);
        }
    };
    let mut headers = HeaderMap::new();
    for (name, value) in sealed.fields {
        // None holds what a header may not.
        if let Ok(mut value) = HeaderValue::from_str(&value) {
            value.set_sensitive(name == "authorization");
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    let ask = Ask {
        method: Method::POST,
        url: browser.endpoint.clone(),
        headers,
        body: sealed.body,
    };
    Ok(match http.send(ask).await {
        Ok(told) => {
            let wait = told.headers.get("retry-after");
            Outcome::read(told.status, wait.and_then(|it| it.to_str().ok()), cx.now())
        }
        Err(error) => Outcome::NotNow {
            why: error.to_string(),
            wait: None,
        },
    })
}

pub(super) async fn forget(cx: &Context<'_>, browser: &PushSubscription) -> Result<(), Trouble> {
    cx.write(async |tx: &mut Tx| {
        push_subscriptions::remove(tx, browser.user, browser.id).await?;
        Ok(())
    })
    .await
}
