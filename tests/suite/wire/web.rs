//! gRPC-Web (B12): wherever it is translated, the decision is the same, and a browser can read it.

use base64::{Engine, prelude::BASE64_STANDARD};
use http::HeaderMap;

use super::{
    answer::{Answer, Told, header_map, told_by},
    call::{Call, decided},
    server::{Wire, start_web_around, start_web_outside},
};

/// The two forms of gRPC-Web.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    Binary,
    Text,
}

impl Form {
    fn content_type(self) -> &'static str {
        match self {
            Self::Binary => "application/grpc-web+proto",
            Self::Text => "application/grpc-web-text+proto",
        }
    }

    fn call(self, call: Call) -> Call {
        let body = match self {
            Self::Binary => call.body.clone(),
            Self::Text => BASE64_STANDARD.encode(&call.body).into_bytes(),
        };
        let call = Call { body, ..call.without("te") };
        call.content_type(self.content_type()).with("accept", self.content_type())
    }

    /// What the caller is told: in the headers, or in the frame of trailers that ends the body.
    fn told(self, answer: &Answer) -> Told {
        if answer.status == Some(200) {
            assert_eq!(answer.header("content-type"), Some(self.content_type()));
            // A browser shows its program no trailers of HTTP.
            assert!(answer.trailers.is_empty());
            let told = told_by(&answer.headers).or_else(|| told_by(&self.trailers(&answer.body)));
            return told.expect("a status that the caller can read");
        }
        answer.told()
    }

    fn trailers(self, body: &[u8]) -> HeaderMap {
        // Each chunk is encoded alone, so padding is found inside of the text, too.
        let decoded = |quantum| BASE64_STANDARD.decode(quantum).unwrap();
        let body = match self {
            Self::Binary => body.to_vec(),
            Self::Text => body.chunks(4).flat_map(decoded).collect(),
        };
        let mut rest = body.as_slice();
        while let [flags, a, b, c, d, after @ ..] = rest {
            let (frame, after) = after.split_at(u32::from_be_bytes([*a, *b, *c, *d]) as usize);
            if flags & 0x80 != 0 {
                let lines = str::from_utf8(frame).unwrap().split_terminator("\r\n");
                return header_map(lines.map(|line| line.split_once(':').unwrap()));
            }
            rest = after;
        }
        HeaderMap::new()
    }
}

async fn assert_the_same(server: &Wire) {
    for (call, expected) in decided() {
        for form in [Form::Binary, Form::Text] {
            let web = form.call(call.clone());
            assert_eq!(form.told(&server.h2(&web).await), expected, "{form:?}");
            assert_eq!(form.told(&server.h1(&web).await), expected, "{form:?}");
        }
        assert_eq!(server.h2(&call).await.told(), expected, "plain gRPC beside it");
    }
}

#[tokio::test]
async fn t_b12_translated_for_the_whole_server() {
    assert_the_same(&start_web_outside().await).await;
}

#[tokio::test]
async fn t_b12_translated_around_the_service() {
    assert_the_same(&start_web_around().await).await;
}

#[tokio::test]
async fn t_b12_the_translation_opens_no_path_and_no_method() {
    for server in [start_web_outside().await, start_web_around().await] {
        for form in [Form::Binary, Form::Text] {
            let unknown = form.call(Call::get_desk().by_admin().at("/x.Y/Z"));
            assert_ne!(server.h2(&unknown).await.told(), Told::Allowed);
            assert_ne!(server.h1(&unknown).await.told(), Told::Allowed);
            for method in ["OPTIONS", "GET", "PUT", "post"] {
                let call = form.call(Call::get_desk().by_admin()).method(method);
                assert_eq!(server.h2(&call).await.told(), Told::Http(405), "{method}");
                assert_eq!(server.h1(&call).await.told(), Told::Http(405), "{method}");
            }
        }
        assert_eq!(server.directory.take_calls(), (0, 0));
    }
}
