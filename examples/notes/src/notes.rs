//! The handlers, over notes in memory. The guard has made its checks before one of them runs: the
//! scope says which notes the call may touch.

use std::sync::{Mutex, MutexGuard, PoisonError};

use meshauth_runtime::Authorised;
use tonic::{Request, Response, Status};

use crate::api::notes::v1::{
    CreateNoteRequest, GetNoteRequest, ListNotesRequest, ListNotesResponse, Note,
    SearchNotesRequest, SearchNotesResponse, UpdateNoteRequest,
    note_service_guard::{NoteService, method},
};

pub(crate) struct Notes(pub(crate) Mutex<Vec<Note>>);

impl Notes {
    fn lock(&self) -> MutexGuard<'_, Vec<Note>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl NoteService for Notes {
    async fn list_notes(
        &self,
        access: Authorised<method::ListNotes>,
        _request: Request<ListNotesRequest>,
    ) -> Result<Response<ListNotesResponse>, Status> {
        // In SQL: `WHERE $1 = ANY(owners)`, with `access.scope().group()`.
        let notes = access.scope().filter(self.lock().iter()).cloned().collect();
        Ok(Response::new(ListNotesResponse { notes }))
    }

    async fn get_note(
        &self,
        access: Authorised<method::GetNote>,
        request: Request<GetNoteRequest>,
    ) -> Result<Response<Note>, Status> {
        let notes = self.lock();
        let found = notes.iter().find(|note| note.name == request.get_ref().name);
        // A note that does not exist and one that is out of scope get the same answer.
        let note = access.scope().permit(found)?;
        Ok(Response::new(note.clone()))
    }

    async fn create_note(
        &self,
        access: Authorised<method::CreateNote>,
        request: Request<CreateNoteRequest>,
    ) -> Result<Response<Note>, Status> {
        let mut note = request.into_inner().note.unwrap_or_default();
        // It belongs to the executing group, whatever was sent.
        access.stamp(&mut note)?;
        self.lock().push(note.clone());
        Ok(Response::new(note))
    }

    async fn update_note(
        &self,
        access: Authorised<method::UpdateNote>,
        request: Request<UpdateNoteRequest>,
    ) -> Result<Response<Note>, Status> {
        let UpdateNoteRequest { name, text } = request.into_inner();
        let mut notes = self.lock();
        let note = access.scope().permit(notes.iter_mut().find(|note| note.name == name))?;
        note.text = text;
        Ok(Response::new(note.clone()))
    }

    async fn search_notes(
        &self,
        _access: Authorised<method::SearchNotes>,
        request: Request<SearchNotesRequest>,
    ) -> Result<Response<SearchNotesResponse>, Status> {
        // A bug, on purpose: it searches the notes of all teams.
        let SearchNotesRequest { word } = request.into_inner();
        let notes = self.lock().iter().filter(|note| note.text.contains(&word)).cloned().collect();
        Ok(Response::new(SearchNotesResponse { notes }))
    }
}
