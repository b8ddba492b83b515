//! As much of HTTP/1.1 as the tool speaks.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};

/// How long a connection may be idle. Clients open some that they need only later, and here one is served at a time.
const IDLE: Duration = Duration::from_millis(300);

/// A request; `None` if the connection was opened only to end the service, or has no request yet.
pub fn read(stream: &TcpStream) -> Option<Request<Bytes>> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    stream.set_read_timeout(Some(IDLE)).unwrap();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    stream.set_read_timeout(None).unwrap();
    let mut words = line.split(' ');
    let mut request = Request::builder().method(words.next()?).uri(words.next()?);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().unwrap();
        }
        request = request.header(name, value);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Some(request.body(Bytes::from(body)).unwrap())
}

/// Answers with all of a body, or with so many bytes of it before the connection breaks.
pub fn write(stream: &mut TcpStream, response: &Response<Bytes>, most: usize) {
    let (status, body) = (response.status().as_u16(), response.body());
    let mut text = format!("HTTP/1.1 {status} X\r\nconnection: close\r\n");
    for (name, value) in response.headers() {
        if name != "content-length" {
            write!(text, "{name}: {}\r\n", value.to_str().unwrap()).unwrap();
        }
    }
    if status != 204 {
        write!(text, "content-length: {}\r\n", body.len()).unwrap();
    }
    text += "\r\n";
    // A client may be gone.
    let _ = stream.write_all(text.as_bytes());
    let _ = stream.write_all(&body[..body.len().min(most)]);
}
