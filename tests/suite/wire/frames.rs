//! A client of HTTP/2 that sends frames as it is told to, however odd they are.

use std::net::SocketAddr;

use httlib_hpack::Decoder;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{
    answer::{Answer, header_map},
    call::{Call, Header},
    hpack,
};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// The longest payload of a frame that everyone has to take.
const LONGEST: usize = 16_384;

/// The kinds of frames.
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;

/// Flags: of DATA and HEADERS, of SETTINGS and PING, and of HEADERS and CONTINUATION.
const END_STREAM: u8 = 1;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;

struct Frame {
    kind: u8,
    flags: u8,
    stream: u32,
    payload: Vec<u8>,
}

/// A connection, for one call after the other.
pub(super) struct Connection {
    socket: TcpStream,
    decoder: Decoder<'static>,
    last: u32,
    /// Whether the server has sent GOAWAY or closed the connection.
    gone: bool,
}

impl Connection {
    pub(super) async fn open(address: SocketAddr) -> Self {
        let mut socket = TcpStream::connect(address).await.unwrap();
        socket.set_nodelay(true).unwrap();
        socket.write_all(PREFACE).await.unwrap();
        let mut connection = Self { socket, decoder: Decoder::default(), last: 0, gone: false };
        connection.write(SETTINGS, 0, 0, &[]).await;
        // A client's streams have odd numbers.
        connection.last = u32::MAX;
        connection
    }

    pub(super) fn is_gone(&self) -> bool {
        self.gone
    }

    /// Sends a call, and reads the answer to it.
    pub(super) async fn call(&mut self, call: &Call) -> Answer {
        let stream = self.send(call).await;
        self.answer(stream).await
    }

    /// Sends a call and takes it back at once.
    pub(super) async fn call_and_cancel(&mut self, call: &Call) {
        const CANCEL: u32 = 8;
        let stream = self.send(call).await;
        self.write(RST_STREAM, 0, stream, &CANCEL.to_be_bytes()).await;
    }

    async fn send(&mut self, call: &Call) -> u32 {
        self.last = self.last.wrapping_add(2);
        let pseudo = [
            (b":method".as_slice(), call.method.as_slice()),
            (b":scheme", b"http"),
            (b":authority", &call.authority),
            (b":path", &call.path),
        ];
        let headers = pseudo.into_iter().chain(borrowed(&call.headers));
        let trailing = !call.trailers.is_empty();
        let last = |is_last: bool| if is_last && call.ended { END_STREAM } else { 0 };

        self.write_block(&hpack::encode(headers), last(call.body.is_empty() && !trailing)).await;
        if !call.body.is_empty() {
            self.write(DATA, last(!trailing), self.last, &call.body).await;
        }
        if trailing {
            self.write_block(&hpack::encode(borrowed(&call.trailers)), last(true)).await;
        }
        self.last
    }

    async fn write_block(&mut self, block: &[u8], flags: u8) {
        let parts = block.chunks(LONGEST);
        let count = parts.len();
        for (at, part) in parts.enumerate() {
            let (kind, first) = if at == 0 { (HEADERS, flags) } else { (CONTINUATION, 0) };
            let end = if at + 1 == count { END_HEADERS } else { 0 };
            self.write(kind, first | end, self.last, part).await;
        }
    }

    /// A server that closes before it has read all is no fault: what it has said is read later.
    async fn write(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        let length = &u32::try_from(payload.len()).unwrap().to_be_bytes()[1..];
        let frame = [length, &[kind, flags], &stream.to_be_bytes(), payload].concat();
        let _ = self.socket.write_all(&frame).await;
    }

    async fn answer(&mut self, stream: u32) -> Answer {
        let mut answer = Answer::default();
        while let Some(frame) = self.next().await {
            let ends = matches!(frame.kind, DATA | HEADERS) && frame.flags & END_STREAM != 0;
            // Each block counts for the decoder, also that of a call that was taken back.
            let block = if frame.kind == HEADERS { Some(self.block(&frame).await) } else { None };
            if frame.stream != stream {
                continue;
            }
            match (frame.kind, block) {
                (RST_STREAM, _) => return Answer::default(),
                (DATA, _) => answer.body.extend(frame.payload),
                (_, Some(headers)) if answer.status.is_none() => answer.head(headers),
                (_, Some(headers)) => answer.trailers = header_map(headers),
                _ => {}
            }
            if ends {
                return answer;
            }
        }
        Answer::default()
    }

    /// The next frame that says something about a call; none if the connection ends.
    async fn next(&mut self) -> Option<Frame> {
        loop {
            let frame = self.read().await?;
            match frame.kind {
                SETTINGS | PING if frame.flags & ACK == 0 => {
                    let echo = if frame.kind == PING { frame.payload } else { Vec::new() };
                    self.write(frame.kind, ACK, 0, &echo).await;
                }
                GOAWAY => {
                    self.gone = true;
                    return None;
                }
                DATA | HEADERS | RST_STREAM => return Some(frame),
                _ => {}
            }
        }
    }

    async fn block(&mut self, first: &Frame) -> Vec<Header> {
        let (mut block, mut flags) = (first.payload.clone(), first.flags);
        while flags & END_HEADERS == 0 {
            let more = self.read().await.unwrap();
            assert_eq!((more.kind, more.stream), (CONTINUATION, first.stream));
            block.extend(more.payload);
            flags = more.flags;
        }
        let mut headers = Vec::new();
        self.decoder.decode(&mut block, &mut headers).unwrap();
        headers.into_iter().map(|(name, value, _)| (name, value)).collect()
    }

    async fn read(&mut self) -> Option<Frame> {
        let frame = self.read_frame().await.ok();
        self.gone |= frame.is_none();
        frame
    }

    async fn read_frame(&mut self) -> std::io::Result<Frame> {
        let mut head = [0; 9];
        self.socket.read_exact(&mut head).await?;
        let [a, b, c, kind, flags, stream @ ..] = head;
        let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
        self.socket.read_exact(&mut payload).await?;
        Ok(Frame { kind, flags, stream: u32::from_be_bytes(stream), payload })
    }
}

impl Answer {
    fn head(&mut self, headers: Vec<Header>) {
        let (pseudo, headers): (Vec<_>, Vec<_>) =
            headers.into_iter().partition(|(name, _)| name.starts_with(b":"));
        let [(_, status)] = pseudo.as_slice() else { panic!("one pseudo-header: the status") };
        self.status = Some(std::str::from_utf8(status).unwrap().parse().unwrap());
        self.headers = header_map(headers);
    }
}

fn borrowed(headers: &[Header]) -> impl Iterator<Item = (&[u8], &[u8])> {
    headers.iter().map(|(name, value)| (name.as_slice(), value.as_slice()))
}
