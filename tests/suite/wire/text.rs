//! A client of HTTP/1.1 that writes what it is told, byte for byte.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{
    answer::{Answer, header_map},
    call::{Call, Header},
};

/// Sends a call on a connection of its own, and reads the answer.
pub(super) async fn call(address: SocketAddr, call: &Call) -> Answer {
    let mut socket = TcpStream::connect(address).await.unwrap();
    // A server that closes before it has read all is no fault.
    let _ = socket.write_all(&written(call)).await;
    let mut answer = Vec::new();
    while let Ok(1..) = socket.read_buf(&mut answer).await {}
    parse(&answer)
}

fn written(call: &Call) -> Vec<u8> {
    let mut head = [&call.method, b" ".as_slice(), &call.path, b" HTTP/1.1\r\n"].concat();
    head.extend([b"host: ".as_slice(), &call.authority, b"\r\nconnection: close\r\n"].concat());
    write_headers(&mut head, &call.headers);
    let length = call.body.len();
    if call.trailers.is_empty() {
        head.extend(format!("content-length: {length}\r\n\r\n").into_bytes());
        head.extend(&call.body);
    } else {
        head.extend(b"transfer-encoding: chunked\r\ntrailer: x-api-key, x-group\r\n\r\n");
        head.extend(format!("{length:x}\r\n").into_bytes());
        head.extend([&call.body, b"\r\n0\r\n".as_slice()].concat());
        write_headers(&mut head, &call.trailers);
        head.extend(b"\r\n");
    }
    head
}

fn write_headers(text: &mut Vec<u8>, headers: &[Header]) {
    for (name, value) in headers {
        text.extend([name, b": ".as_slice(), value, b"\r\n"].concat());
    }
}

fn parse(answer: &[u8]) -> Answer {
    let Some((head, body)) = split(answer, b"\r\n\r\n") else {
        return Answer::default();
    };
    let head = str::from_utf8(head).unwrap();
    let Some((status, headers)) =
        head.strip_prefix("HTTP/1.1 ").map(|rest| rest.split_once("\r\n").unwrap_or((rest, "")))
    else {
        return Answer::default();
    };
    let headers = header_map(headers.split_terminator("\r\n").map(|line| {
        let (name, value) = line.split_once(':').unwrap();
        (name, value.trim())
    }));
    let chunked = headers.get("transfer-encoding").is_some_and(|coding| coding == "chunked");
    let (body, trailers) = if chunked { unchunked(body) } else { (body.to_vec(), &[][..]) };
    let trailers = str::from_utf8(trailers).unwrap().split_terminator("\r\n");
    let trailers = trailers.filter_map(|line| line.split_once(": "));
    let status = status.split(' ').next().unwrap().parse().unwrap();
    Answer { status: Some(status), headers, body, trailers: header_map(trailers) }
}

/// A body that came in chunks, and the trailers behind it.
fn unchunked(mut rest: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut body = Vec::new();
    loop {
        let (size, after) = split(rest, b"\r\n").unwrap();
        let size = usize::from_str_radix(str::from_utf8(size).unwrap(), 16).unwrap();
        if size == 0 {
            return (body, after);
        }
        body.extend_from_slice(&after[..size]);
        rest = &after[size + 2..];
    }
}

fn split<'a>(bytes: &'a [u8], by: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = bytes.windows(by.len()).position(|window| window == by)?;
    Some((&bytes[..at], &bytes[at + by.len()..]))
}
