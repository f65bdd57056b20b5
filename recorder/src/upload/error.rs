//! What an answer means for the take: again, sign in, or no.

use std::time::Duration;

use aside_protocol::problem::ProblemCode;

use crate::http::HttpError;
use crate::spool::{SpoolError, Uncovered};

/// Why an upload stopped. The take is in the spool in every case.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UploadError {
    #[error(
        "this computer is no longer signed in to the server. Sign in again with `aside login {server}`; the upload then goes on"
    )]
    SignIn { server: String },
    #[error("{refusal}")]
    Refused { refusal: Refusal, source: HttpError },
    /// Everything that can be read here is on the server, and it is not everything that was made.
    #[error("{} on this computer and {not} on the server", parts(*.lost, "can no longer be read"), not = if *.lost == 1 { "is not" } else { "are not" })]
    Damaged { lost: usize },
    /// The server holds parts of a take of which nothing is left here, not even the list.
    #[error("nothing of this take is left on this computer, and {} on the server", parts(*.held, if *.held == 1 { "is" } else { "are" }))]
    LostAll { held: usize },
    #[error(transparent)]
    Uncovered(#[from] Uncovered),
    #[error(transparent)]
    Spool(#[from] SpoolError),
    #[error(
        "the recorder stopped without closing the take. `aside takes resume` uploads what is there"
    )]
    Abandoned,
}

/// A no that repeating does not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    #[error(
        "the server already has another recording with this id or link, so this one cannot be stored there"
    )]
    RecordingTaken,
    #[error(
        "the server already has different data for a part of this recording. It may have been uploaded from another computer"
    )]
    OtherBytes,
    #[error(
        "the recording belongs to another account on this server. Sign in as the person who recorded it"
    )]
    SomebodyElses,
    #[error(
        "your account on this server may watch and comment, but not record. Ask an owner or an admin of the server for another role; then `aside takes resume` uploads the take"
    )]
    MayNotRecord,
    #[error("the recording was deleted on the server")]
    Deleted,
    #[error("the server refused this recording")]
    NotTaken,
}

/// `1 part is gone`, `2 parts are gone`, for verbs that do not care.
fn parts(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 part {what}"),
        many => format!("{many} parts {what}"),
    }
}

/// What to do about a failed request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Wait, ask the server what it holds, go on.
    Retry {
        asked: Option<Duration>,
    },
    /// The server has never heard of the recording: create it.
    CreateFirst,
    SignIn,
    Refused(Refusal),
}

/// Branches on the problem's code, and on the status where there is no code.
pub fn classify(error: &HttpError) -> Failure {
    use ProblemCode as P;
    let refused = match error {
        HttpError::Unreachable { .. }
        | HttpError::NotAside { .. }
        | HttpError::ProxyLimit { .. } => {
            return Failure::Retry { asked: None };
        }
        HttpError::NoTls(_) => return Failure::Refused(Refusal::NotTaken),
        HttpError::Refused(refused) => refused,
    };
    let again = Failure::Retry {
        asked: refused.retry_after,
    };
    match refused.code {
        // The line damaged the body on its way; the spool has it whole.
        P::DigestMismatch | P::BodyIncomplete => again,
        // What it lacks it will say when it is asked what it holds.
        P::PartsMissing => again,
        // The same of an init: after the question it is sent again.
        P::InitUnknown => again,
        P::RecordingConflict => Failure::Refused(Refusal::RecordingTaken),
        P::PartConflict | P::InitConflict | P::AlreadyFinished => {
            Failure::Refused(Refusal::OtherBytes)
        }
        P::Gone => Failure::Refused(Refusal::Deleted),
        P::MayNotRecord => Failure::Refused(Refusal::MayNotRecord),
        P::NotFound => Failure::CreateFirst,
        _ => match refused.status {
            401 => Failure::SignIn,
            403 => Failure::Refused(Refusal::SomebodyElses),
            404 => Failure::CreateFirst,
            408 | 429 | 500.. => again,
            _ => Failure::Refused(Refusal::NotTaken),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Refused;

    fn refused(status: u16, code: ProblemCode) -> HttpError {
        let detail = String::new();
        HttpError::Refused(Box::new(Refused {
            status,
            code,
            detail,
            missing: Vec::new(),
            retry_after: None,
        }))
    }

    #[test]
    fn every_failure_of_the_connection_or_the_server_is_retried() {
        let again = Failure::Retry { asked: None };
        for code in ProblemCode::ALL.iter().filter(|c| c.status() >= 500) {
            assert_eq!(classify(&refused(code.status(), *code)), again, "{code:?}");
        }
        assert_eq!(classify(&refused(408, ProblemCode::RequestTimeout)), again);
        assert_eq!(classify(&refused(429, ProblemCode::TooManyRequests)), again);
        assert_eq!(classify(&refused(502, ProblemCode::Unknown)), again);
        assert_eq!(classify(&refused(400, ProblemCode::DigestMismatch)), again);
    }

    #[test]
    fn a_refusal_is_not_retried() {
        for (status, code) in [
            (403, ProblemCode::Forbidden),
            (403, ProblemCode::MayNotRecord),
            (409, ProblemCode::RecordingConflict),
            (409, ProblemCode::PartConflict),
            (409, ProblemCode::AlreadyFinished),
            (410, ProblemCode::Gone),
            (413, ProblemCode::TooLarge),
            (422, ProblemCode::NotCmaf),
            (418, ProblemCode::Unknown),
        ] {
            assert!(
                matches!(classify(&refused(status, code)), Failure::Refused(_)),
                "{code:?}"
            );
        }
        assert_eq!(
            classify(&refused(401, ProblemCode::Unauthenticated)),
            Failure::SignIn
        );
    }

    #[test]
    fn an_answer_of_a_proxy_is_retried_whatever_its_status() {
        for status in [200, 302, 400, 401, 403, 404, 405, 409, 410, 413, 422, 502] {
            let foreign = HttpError::NotAside {
                host: "aside.example".to_owned(),
                what: String::new(),
                status: Some(status),
            };
            assert_eq!(
                classify(&foreign),
                Failure::Retry { asked: None },
                "{status}"
            );
        }
    }

    #[test]
    fn a_code_from_a_newer_server_is_judged_by_its_status() {
        assert_eq!(
            classify(&refused(503, ProblemCode::Unknown)),
            Failure::Retry { asked: None }
        );
        assert_eq!(
            classify(&refused(404, ProblemCode::Unknown)),
            Failure::CreateFirst
        );
        assert_eq!(
            classify(&refused(401, ProblemCode::Unknown)),
            Failure::SignIn
        );
    }
}
