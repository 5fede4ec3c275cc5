//! The caller's side: tonic's generated client, and the two headers.

use std::{error::Error, fmt, net::SocketAddr};

use http::HeaderMap;
use meshauth_runtime::{API_KEY_HEADER, GROUP_HEADER};
use tonic::{Request, Status, metadata::MetadataMap, transport::Channel};
use tonic_types::StatusExt;

use crate::{
    api::notes::v1::{
        CreateNoteRequest, GetNoteRequest, ListNotesRequest, Note, SearchNotesRequest,
        UpdateNoteRequest, note_service_client::NoteServiceClient,
    },
    team,
};

/// What is called.
#[derive(Clone, Copy)]
pub(crate) enum Call {
    List,
    Get(&'static str),
    /// Creates a note that does not say who owns it.
    Create(&'static str),
    /// Creates a note that states this team as its owner.
    CreateFor(&'static str, &'static str),
    Update(&'static str),
    Search(&'static str),
}

pub(crate) struct Client(NoteServiceClient<Channel>);

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Result<Self, Box<dyn Error>> {
        Ok(Self(NoteServiceClient::connect(format!("http://{address}")).await?))
    }

    /// The names of the notes in the answer, or the reason of the denial.
    pub(crate) async fn call(
        &mut self,
        headers: &HeaderMap,
        call: Call,
    ) -> Result<String, Box<dyn Error>> {
        match self.notes(headers, call).await {
            Ok(notes) => Ok(notes.into_iter().map(|note| note.name).collect::<Vec<_>>().join(" ")),
            Err(status) => Ok(status.get_details_error_info().ok_or(status)?.reason),
        }
    }

    async fn notes(&mut self, headers: &HeaderMap, call: Call) -> Result<Vec<Note>, Status> {
        let Self(client) = self;
        let note = match call {
            Call::List => {
                let listed = client.list_notes(request(ListNotesRequest {}, headers)).await?;
                return Ok(listed.into_inner().notes);
            }
            Call::Search(word) => {
                let message = SearchNotesRequest { word: word.to_owned() };
                let found = client.search_notes(request(message, headers)).await?;
                return Ok(found.into_inner().notes);
            }
            Call::Get(name) => {
                let message = GetNoteRequest { name: name.to_owned() };
                client.get_note(request(message, headers)).await?
            }
            Call::Create(name) => {
                let note = Note { name: name.to_owned(), ..Note::default() };
                let message = CreateNoteRequest { note: Some(note) };
                client.create_note(request(message, headers)).await?
            }
            Call::CreateFor(name, owner) => {
                let note = Note { name: name.to_owned(), owner: team(owner), ..Note::default() };
                let message = CreateNoteRequest { note: Some(note) };
                client.create_note(request(message, headers)).await?
            }
            Call::Update(name) => {
                let (name, text) = (name.to_owned(), "changed".to_owned());
                client.update_note(request(UpdateNoteRequest { name, text }, headers)).await?
            }
        };
        Ok(vec![note.into_inner()])
    }
}

/// The two headers that meshauth reads.
pub(crate) fn headers(key: Option<&str>, acting_in: &str) -> Result<HeaderMap, Box<dyn Error>> {
    let mut headers = HeaderMap::new();
    headers.insert(GROUP_HEADER, team(acting_in).parse()?);
    if let Some(key) = key {
        headers.insert(API_KEY_HEADER, key.parse()?);
    }
    Ok(headers)
}

fn request<T>(message: T, headers: &HeaderMap) -> Request<T> {
    let mut request = Request::new(message);
    *request.metadata_mut() = MetadataMap::from_headers(headers.clone());
    request
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List => f.pad("ListNotes"),
            Self::Get(name) => f.pad(&format!("GetNote {name}")),
            Self::Create(name) => f.pad(&format!("CreateNote {name}")),
            Self::CreateFor(name, owner) => f.pad(&format!("CreateNote {name} for {owner}")),
            Self::Update(name) => f.pad(&format!("UpdateNote {name}")),
            Self::Search(word) => f.pad(&format!("SearchNotes {word}")),
        }
    }
}
