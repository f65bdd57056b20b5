//! Taking a recording back from its server, for good.

use aside_protocol::problem::ProblemCode;

use super::client::Client;
use crate::http::HttpError;

/// What became of it there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removed {
    /// Nothing of it is there.
    ForGood,
    /// The server cannot remove it for good (it is older, or had finished the recording already): it lies in the trash there.
    ToTrash,
}

/// Removes the recording from the server. An error is one of the line, the account or the server: it may be tried again.
pub async fn cancel(client: &Client) -> Result<Removed, HttpError> {
    match client.cancel().await {
        Ok(()) => Ok(Removed::ForGood),
        Err(HttpError::Refused(refused)) if refused.code == ProblemCode::Gone => {
            Ok(Removed::ForGood)
        }
        // Without the route: an older server. With 409: finished, by a request whose answer was lost.
        Err(HttpError::Refused(refused)) if matches!(refused.status, 404 | 405 | 409) => {
            delete(client).await
        }
        Err(error) => Err(error),
    }
}

async fn delete(client: &Client) -> Result<Removed, HttpError> {
    match client.delete().await {
        Ok(()) => Ok(Removed::ToTrash),
        Err(HttpError::Refused(refused))
            if refused.status == 404 || refused.code == ProblemCode::Gone =>
        {
            Ok(Removed::ForGood)
        }
        Err(error) => Err(error),
    }
}
