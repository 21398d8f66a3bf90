//! The loop of an adapter.

use std::future::Future;
use std::io;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};

use crate::{Reply, Request};

/// The longest line that either side takes, in bytes.
pub const MAX_LINE: usize = 16 << 20;

/// A driver that does what requests ask.
pub trait Driver {
    /// Does one thing and tells what came of it.
    fn perform(&mut self, request: Request) -> impl Future<Output = Reply> + Send;

    /// Closes what is still open, as a program that ends in an orderly way.
    fn end(&mut self) -> impl Future<Output = ()> + Send;
}

/// Serves requests, one a line, until there are no more.
///
/// # Errors
/// If the streams fail, or a line is longer than [`MAX_LINE`].
pub async fn serve<D, R, W>(mut driver: D, requests: R, mut replies: W) -> io::Result<()>
where
    D: Driver,
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut requests = BufReader::new(requests);
    let mut line = Vec::new();
    loop {
        line.clear();
        if (&mut requests).take(MAX_LINE as u64).read_until(b'\n', &mut line).await? == 0 {
            driver.end().await;
            return Ok(());
        }
        if line.len() == MAX_LINE {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a request of more than 16 MiB"));
        }
        let reply = match Request::parse(&line) {
            Ok(request) => driver.perform(request).await,
            Err(broken) => broken,
        };
        let mut reply = serde_json::to_vec(&reply)?;
        reply.push(b'\n');
        replies.write_all(&reply).await?;
        replies.flush().await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A driver that answers each query with its own text.
    struct Echo;

    impl Driver for Echo {
        async fn perform(&mut self, request: Request) -> Reply {
            match request {
                Request::Hello => Reply::hello("echo", "1.0"),
                Request::Query(statement) => Reply::Rows {
                    columns: vec![],
                    rows: vec![vec![Some(statement.sql), None]],
                    tag: None,
                    rowcount: None,
                },
                _ => Reply::unsupported("it only echoes"),
            }
        }

        async fn end(&mut self) {}
    }

    #[tokio::test]
    async fn one_reply_a_request_whatever_the_request() {
        let requests = concat!(
            r#"{"operation":"hello"}"#,
            "\n",
            r#"{"operation":"query","sql":"a\nb"}"#,
            "\nnonsense\n",
            r#"{"operation":"begin"}"#
        );
        let mut replies = Vec::new();
        serve(Echo, requests.as_bytes(), &mut replies).await.unwrap();
        let expected = [
            r#"{"outcome":"ok","driver":"echo","version":"1.0"}"#,
            r#"{"outcome":"rows","columns":[],"rows":[["a\nb",null]]}"#,
            r#"{"outcome":"broken","reason":"not JSON, from its column 2 on"}"#,
            r#"{"outcome":"unsupported","reason":"it only echoes"}"#,
        ];
        assert_eq!(String::from_utf8(replies).unwrap().lines().collect::<Vec<_>>(), expected);
    }
}
