//! Who calls the processes, and what became of each call.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use meshauth_tests::api::meshauth::testing::desk::v1::{
    Desk, Note, desk_service_client::DeskServiceClient,
};
use tokio::{sync::watch, time};
use tonic::{Request, Status, Streaming, transport::Channel};
use tonic_types::StatusExt as _;

use crate::{
    desks::IDLE,
    edits::{Model, Random},
    history::{Time, now},
    world::{Answer, Method, Question, group_name},
};

/// A call, or the opening of a stream.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    pub(crate) question: Question,
    pub(crate) began: Time,
    pub(crate) ended: Time,
    pub(crate) answer: Answer,
}

/// What became of a stream after it was opened.
#[derive(Debug, Clone)]
pub(crate) struct Stream {
    pub(crate) question: Question,
    pub(crate) opened: Time,
    pub(crate) ended: Time,
    /// None if it lived on.
    pub(crate) answer: Option<Answer>,
    /// When each message was made, and when it came.
    pub(crate) messages: Vec<(Time, Time)>,
}

#[derive(Debug, Default)]
pub(crate) struct Observed {
    pub(crate) calls: Vec<Call>,
    pub(crate) streams: Vec<Stream>,
}

/// What all callers share.
pub(crate) struct Callers {
    pub(crate) observed: Mutex<Observed>,
    pub(crate) open: AtomicUsize,
    pub(crate) ends: watch::Receiver<bool>,
}

fn answer<T>(result: Result<T, Status>) -> (Answer, Option<T>) {
    let status = match result {
        Ok(answer) => return (Answer::Allow, Some(answer)),
        Err(status) => status,
    };
    let info = status.get_details_error_info();
    let answer = match info.as_ref().map(|info| info.reason.as_str()) {
        Some("CREDENTIALS_INVALID") => Answer::CredentialsInvalid,
        Some("ROLE_REQUIRED") => Answer::RoleRequired,
        Some("VERIFICATION_REQUIRED") => Answer::VerificationRequired,
        Some("DIRECTORY_UNAVAILABLE") => Answer::Unavailable,
        // The connection ended, which no rule is a reason for.
        _ => {
            eprintln!("a connection ended: {status:?}");
            Answer::Broken
        }
    };
    (answer, None)
}

/// One who calls one process.
pub(crate) struct Caller {
    pub(crate) callers: Arc<Callers>,
    pub(crate) model: Arc<crate::party::Party>,
    pub(crate) channel: Channel,
    pub(crate) random: Random,
}

impl Caller {
    fn client(&self) -> DeskServiceClient<Channel> {
        DeskServiceClient::new(self.channel.clone())
    }

    fn model(&self) -> &Model {
        &self.model.model
    }

    fn request<T>(&self, question: Question, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let metadata = request.metadata_mut();
        metadata.insert("x-api-key", self.model().key(question.key).parse().unwrap());
        metadata.insert("x-group", group_name(question.group).to_string().parse().unwrap());
        request
    }

    fn is_over(&self) -> bool {
        *self.callers.ends.borrow()
    }

    fn observe(&self, question: Question, began: Time, answer: Answer) {
        let call = Call { question, began, ended: now(), answer };
        self.callers.observed.lock().unwrap().calls.push(call);
    }

    /// Calls one method after the other.
    pub(crate) async fn calls(mut self) {
        const METHODS: [Method; 3] = [Method::GetDesk, Method::PutDesk, Method::GetStatement];
        while !self.is_over() {
            let model = &self.model.model;
            let question = model.question(&mut self.random, &METHODS);
            let (began, mut client) = (now(), self.client());
            let answered = match question.method {
                Method::PutDesk => {
                    client.put_desk(self.request(question, Desk::default())).await.map(drop)
                }
                Method::GetDesk => {
                    client.get_desk(self.request(question, Note::default())).await.map(drop)
                }
                _ => client.get_statement(self.request(question, Note::default())).await.map(drop),
            };
            self.observe(question, began, answer(answered).0);
            self.pause(30).await;
        }
    }

    /// Holds a stream open, and opens another when it ends.
    pub(crate) async fn watches(mut self) {
        const METHODS: [Method; 2] = [Method::WatchDesks, Method::WatchStatements];
        while !self.is_over() {
            let model = &self.model.model;
            let question = model.question(&mut self.random, &METHODS);
            let text = if self.random.one_in(2) { IDLE } else { "" }.to_owned();
            let (request, mut client) = (self.request(question, Note { text }), self.client());
            let began = now();
            if question.method == Method::WatchDesks {
                let (answer, stream) = answer(client.watch_desks(request).await);
                self.observe(question, began, answer);
                if let Some(stream) = stream {
                    self.watch(question, stream.into_inner(), |desk| desk.name).await;
                }
            } else {
                let (answer, stream) = answer(client.watch_statements(request).await);
                self.observe(question, began, answer);
                if let Some(stream) = stream {
                    self.watch(question, stream.into_inner(), |note| note.text).await;
                }
            }
            self.pause(100).await;
        }
    }

    async fn watch<T>(
        &self,
        question: Question,
        mut stream: Streaming<T>,
        made: impl Fn(T) -> String,
    ) {
        let (opened, mut messages) = (now(), Vec::new());
        let mut ends = self.callers.ends.clone();
        self.callers.open.fetch_add(1, Ordering::SeqCst);
        let answer = loop {
            tokio::select! {
                message = stream.message() => match message {
                    Ok(Some(message)) => messages.push((made(message).parse().unwrap(), now())),
                    Ok(None) => panic!("a stream ended well that never should"),
                    Err(status) => break Some(answer::<()>(Err(status)).0),
                },
                _ = ends.wait_for(|is_over| *is_over) => break None,
            }
        };
        self.callers.open.fetch_sub(1, Ordering::SeqCst);
        let stream = Stream { question, opened, ended: now(), answer, messages };
        self.callers.observed.lock().unwrap().streams.push(stream);
    }

    async fn pause(&mut self, milliseconds: usize) {
        let pause = self.random.below(2 * milliseconds).try_into().unwrap();
        time::sleep(Duration::from_millis(pause)).await;
    }
}
