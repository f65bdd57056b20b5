//! What somebody shows before their ways of signing in are changed.

use std::net::IpAddr;

use serde::Deserialize;
use utoipa::ToSchema;

use super::wire::{AnswerBytes, PasskeyAnswer};
use crate::app::App;
use crate::domain::passkey::{PasskeyRefusal, Site};
use crate::service::factors::{Means, Proof};

/// What shows that it is the same person: the password as long as it signs in alone; else a code or a passkey
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShownProof {
    password: Option<String>,
    /// Of the app, or a recovery code.
    code: Option<String>,
    /// Where `/api/me/passkeys/question` was asked.
    passkey: Option<PasskeyAnswer>,
}

/// The same, its bytes read.
pub(in crate::http::api) struct ReadProof {
    shown: ShownProof,
    answer: Option<AnswerBytes>,
}

impl ReadProof {
    pub(in crate::http::api) fn of(shown: ShownProof) -> Result<Self, PasskeyRefusal> {
        let answer = shown.passkey.as_ref().map(AnswerBytes::of).transpose()?;
        Ok(Self { shown, answer })
    }

    pub(in crate::http::api) fn proof(&self) -> Proof<'_> {
        Proof {
            password: self.shown.password.as_deref(),
            code: self.shown.code.as_deref(),
            passkey: self.answer.as_ref().map(AnswerBytes::read),
        }
    }
}

/// What looking at a proof needs.
pub(in crate::http::api) fn means<'a>(
    app: &'a App,
    site: &'a Result<Site, PasskeyRefusal>,
    from: IpAddr,
) -> Means<'a> {
    Means {
        password: app.password_means(),
        site: site.as_ref().map_err(|refusal| *refusal),
        from,
    }
}
