//! Replies: what the driver reported.

use serde::{Deserialize, Serialize};

/// One outcome, with its fields. What a driver does not show is left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "lowercase")]
pub enum Reply {
    /// Done.
    Ok {
        /// For `hello`: the driver.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        driver: Option<String>,
        /// For `hello`: its version.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<String>,
    },
    /// A result set.
    Rows {
        /// Names of its columns.
        columns: Vec<String>,
        /// Its rows: text or NULL.
        rows: Vec<Vec<Option<String>>>,
        /// The command tag.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tag: Option<String>,
        /// The number of rows, as the driver has it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rowcount: Option<i64>,
    },
    /// A statement without a result set was run.
    Done {
        /// The command tag.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tag: Option<String>,
        /// The number of rows that it concerned, as the driver has it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rowcount: Option<i64>,
    },
    /// A program ran.
    Printed {
        /// What it printed on standard output.
        stdout: String,
        /// What it printed on standard error.
        stderr: String,
        /// Its exit status; -1 if it was killed.
        exit: i32,
    },
    /// The driver reported an error.
    Error {
        /// The server's code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sqlstate: Option<String>,
        /// `ERROR`, `FATAL` or `PANIC`, if the server sent it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        severity: Option<String>,
        /// What went wrong.
        message: String,
    },
    /// The connection is gone.
    Closed {
        /// How the driver puts it.
        message: String,
    },
    /// There never was a connection.
    Unreachable {
        /// How the driver puts it.
        message: String,
    },
    /// The driver cannot do this.
    Unsupported {
        /// Why.
        reason: String,
    },
    /// The request makes no sense.
    Broken {
        /// Why.
        reason: String,
    },
}

impl Reply {
    /// Done, and there is nothing to show.
    #[must_use]
    pub const fn ok() -> Self {
        Self::Ok { driver: None, version: None }
    }

    /// The answer to `hello`.
    pub fn hello(driver: impl Into<String>, version: impl Into<String>) -> Self {
        Self::Ok { driver: Some(driver.into()), version: Some(version.into()) }
    }

    /// An error of the driver's own.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::Error { sqlstate: None, severity: None, message: message.into() }
    }

    /// The driver cannot do this.
    pub fn unsupported(reason: impl Into<String>) -> Self {
        Self::Unsupported { reason: reason.into() }
    }

    /// The request makes no sense.
    pub fn broken(reason: impl Into<String>) -> Self {
        Self::Broken { reason: reason.into() }
    }

    /// The request is about a connection that no `connect` opened.
    #[must_use]
    pub fn no_connection(name: &str) -> Self {
        Self::broken(format!("no connection \"{name}\" is open"))
    }
}
