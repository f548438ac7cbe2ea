//! The context of a use case: what all of its steps need, passed on from where it begins.

use std::sync::Arc;

use super::{App, AppError};
use crate::domain::attribution::Attribution;
use crate::secrets::Secrets;

/// The secrets, and to whom and what the changes are attributed.
#[derive(Clone)]
pub(super) struct Context {
    pub secrets: Arc<Secrets>,
    pub by: Attribution,
}

impl Context {
    /// The same for changes that what DOKU says of how something stands leads to.
    pub fn status_check(&self) -> Self {
        Self {
            secrets: Arc::clone(&self.secrets),
            by: self.by.status_check(),
        }
    }

    /// The same for changes that DOKU's notification leads to.
    pub fn notification(&self) -> Self {
        Self {
            secrets: Arc::clone(&self.secrets),
            by: Attribution::notification(),
        }
    }
}

impl App {
    /// The context of something that begins now.
    pub(super) async fn context(&self, by: Attribution) -> Result<Context, AppError> {
        let secrets = self.secrets.current().await?;
        Ok(Context { secrets, by })
    }
}
