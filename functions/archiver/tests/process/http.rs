//! As much HTTP/1.1 as the proxy and the runtime API need: whole messages, of known length or chunked.

use std::io;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::net::TcpStream;

/// A request or a response, as it came.
pub struct Message {
    pub bytes: Vec<u8>,
    /// the first line and the headers, in lower case but for the first line
    pub first: String,
    pub headers: Vec<(String, String)>,
    body_at: usize,
}

impl Message {
    pub fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(other, _)| other == name);
        header.map(|(_, value)| value.as_str())
    }

    pub fn body(&self) -> &[u8] {
        &self.bytes[self.body_at..]
    }
}

/// The next message on a connection; `None` at its end.
pub async fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Message>> {
    let Some(mut message) = read_head(stream).await? else {
        return Ok(None);
    };
    if message.header("transfer-encoding") == Some("chunked") {
        loop {
            let size = line(stream, &mut message.bytes).await?;
            let size = usize::from_str_radix(size.trim(), 16).map_err(io::Error::other)?;
            body(stream, &mut message.bytes, size + 2).await?;
            if size == 0 {
                break;
            }
        }
    } else if let Some(length) = message.header("content-length") {
        let length = length.parse().map_err(io::Error::other)?;
        body(stream, &mut message.bytes, length).await?;
    }
    Ok(Some(message))
}

/// The same without a body, whatever the headers say of one: the answer to a `HEAD`.
pub async fn read_head(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Message>> {
    let mut message = Message {
        bytes: Vec::new(),
        first: String::new(),
        headers: Vec::new(),
        body_at: 0,
    };
    loop {
        let line = line(stream, &mut message.bytes).await?;
        if line.is_empty() && message.first.is_empty() {
            return Ok(None);
        }
        if message.first.is_empty() {
            line.trim().clone_into(&mut message.first);
        } else if let Some((name, value)) = line.split_once(':') {
            message
                .headers
                .push((name.to_ascii_lowercase(), value.trim().to_owned()));
        } else {
            break;
        }
    }
    message.body_at = message.bytes.len();
    Ok(Some(message))
}

async fn line(stream: &mut BufReader<TcpStream>, into: &mut Vec<u8>) -> io::Result<String> {
    let mut line = Vec::new();
    stream.read_until(b'\n', &mut line).await?;
    into.extend(&line);
    String::from_utf8(line).map_err(io::Error::other)
}

async fn body(
    stream: &mut BufReader<TcpStream>,
    into: &mut Vec<u8>,
    length: usize,
) -> io::Result<()> {
    let start = into.len();
    into.resize(start + length, 0);
    stream.read_exact(&mut into[start..]).await?;
    Ok(())
}
