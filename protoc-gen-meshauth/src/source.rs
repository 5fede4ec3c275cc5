//! Where in a file something was written, and what was written about it.

use std::{cell::OnceCell, io::BufRead as _};

use prost::{Message as _, bytes::Bytes};

use crate::{
    descriptor::{File, Location, SourceCodeInfo, WithComments, field, packed},
    diagnostic::Place,
};

/// A file with its source information, which is read when it is needed.
pub(crate) struct Source<'a> {
    file: &'a File,
    locations: OnceCell<Vec<Bytes>>,
    starts: OnceCell<Vec<Start>>,
    /// Those of services: most findings are about them, and most of a file is not.
    starts_in_services: OnceCell<Vec<Start>>,
}

/// Where something starts. Ordered by path, and for one path as the compiler wrote them.
struct Start {
    packed_path: Bytes,
    /// From 1.
    line: u32,
    column: u32,
}

/// A comment that stands with something, or alone.
pub(crate) struct Comment {
    /// What it stands with.
    pub(crate) path: Vec<i32>,
    pub(crate) text: String,
    /// Whether it stands right before it, with no empty line between. What stands behind is seen by
    /// some compilers only, and is no more than alone.
    pub(crate) is_attached: bool,
}

impl<'a> Source<'a> {
    pub(crate) fn of(file: &'a File) -> Self {
        Self {
            file,
            locations: OnceCell::new(),
            starts: OnceCell::new(),
            starts_in_services: OnceCell::new(),
        }
    }

    /// The place of `path`: of what was written there, else of the first thing below it, else of the
    /// nearest thing around it.
    pub(crate) fn place(&self, path: &[i32]) -> Place {
        self.place_in(path, &[])
    }

    /// The place of a part of something: of the part, else of the nearest thing around it within the
    /// `whole`.
    ///
    /// A compiler may record the parts of a whole that it does not record itself.
    pub(crate) fn place_in(&self, whole: &[i32], part: &[i32]) -> Place {
        let path = [whole, part].concat();
        let mut within = (whole.len()..=path.len()).rev().map(|length| &path[..length]);
        let written = within.find_map(|path| self.written(path)).or_else(|| self.around(whole));
        let (line, column) = written.map_or((1, 1), |start| (start.line, start.column));
        Place { file: self.file.name.clone(), line, column }
    }

    /// The comments on services and what is in them; in a file that holds the `mark`, all comments.
    pub(crate) fn comments(&self, mark: &str) -> impl Iterator<Item = Comment> {
        let info = self.file.source_code_info.as_deref().unwrap_or_default();
        let has_mark = contains(info, mark);
        let is_wanted = move |location: &&Bytes| {
            may_have_comments(location) && (has_mark || may_be_of_service(location))
        };
        let wanted = self.locations().iter().filter(is_wanted);
        let decoded = wanted.filter_map(|location| WithComments::decode(location.clone()).ok());
        decoded.flat_map(|mut location| {
            let attached = location.leading_comments.take().map(|text| (text, true));
            let detached = std::mem::take(&mut location.leading_detached_comments);
            let alone = detached.into_iter().chain(location.trailing_comments.take());
            let texts = alone.map(|text| (text, false)).chain(attached);
            texts.map(move |(text, is_attached)| Comment {
                path: location.path(),
                text,
                is_attached,
            })
        })
    }

    /// The encoded locations; none if there is no source information. What cannot be read is as if it
    /// were not there: it says where things are, not what they are.
    fn locations(&self) -> &[Bytes] {
        self.locations.get_or_init(|| {
            let info = self.file.source_code_info.clone().unwrap_or_default();
            SourceCodeInfo::decode(info).unwrap_or_default().location
        })
    }

    fn written(&self, path: &[i32]) -> Option<&Start> {
        let below = self.below(path);
        let itself = below.first().filter(|start| start.packed_path == packed(path));
        itself.or_else(|| below.iter().min_by_key(|start| (start.line, start.column)))
    }

    fn around(&self, path: &[i32]) -> Option<&Start> {
        (0..=path.len()).rev().find_map(|length| {
            let path = &path[..length];
            self.below(path).first().filter(|start| start.packed_path == packed(path))
        })
    }

    /// What starts at the path and below it.
    fn below(&self, path: &[i32]) -> &[Start] {
        let starts = if path.first() == Some(&field::FILE_SERVICE) {
            let of_services =
                self.locations().iter().filter(|location| may_be_of_service(location));
            self.starts_in_services.get_or_init(|| starts(of_services))
        } else {
            self.starts.get_or_init(|| starts(self.locations()))
        };
        let path = packed(path);
        let from = starts.partition_point(|start| start.packed_path < path);
        let below = &starts[from..];
        &below[..below.partition_point(|start| start.packed_path.starts_with(&path))]
    }
}

/// The list is not sorted in every compiler's output.
fn starts<'a>(locations: impl IntoIterator<Item = &'a Bytes>) -> Vec<Start> {
    let decoded = locations.into_iter().filter_map(|bytes| Location::decode(bytes.clone()).ok());
    let mut starts: Vec<_> = decoded.filter_map(start).collect();
    starts.sort_by(|one, other| one.packed_path.cmp(&other.packed_path));
    starts
}

fn start(location: Location) -> Option<Start> {
    let (line, column) = location.start()?;
    let (line, column) = (line.saturating_add(1), column.saturating_add(1));
    Some(Start { packed_path: location.packed_path, line, column })
}

const PACKED_PATH: u8 = 0x0a;

/// Whether an encoded location may be one of a service, as far as can be told without decoding it:
/// compilers write the path first, as a packed list.
fn may_be_of_service(location: &[u8]) -> bool {
    match location {
        [PACKED_PATH, 1..=0x7f, first @ 0..=0x7f, ..] => i32::from(*first) == field::FILE_SERVICE,
        _ => true,
    }
}

/// Whether an encoded location may have comments: compilers write them behind the path and the span.
fn may_have_comments(location: &[u8]) -> bool {
    const PACKED_SPAN: u8 = 0x12;
    let behind_path = behind_list(PACKED_PATH, location);
    let behind_span = behind_path.and_then(|rest| behind_list(PACKED_SPAN, rest));
    behind_span.is_none_or(|rest| !rest.is_empty())
}

/// What is behind a short packed list, if there is one.
fn behind_list(tag: u8, bytes: &[u8]) -> Option<&[u8]> {
    match bytes {
        [first, length @ 0..=0x7f, rest @ ..] if *first == tag => rest.get(usize::from(*length)..),
        _ => None,
    }
}

fn contains(bytes: &[u8], word: &str) -> bool {
    let Some(last) = word.as_bytes().last() else { return true };
    let mut rest = bytes;
    // Reading from a slice does not fail, and finds a byte faster than a loop does.
    while rest.skip_until(*last).is_ok_and(|skipped| skipped > 0) {
        if bytes[..bytes.len() - rest.len()].ends_with(word.as_bytes()) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(locations: &[(&[i32], [i32; 2])]) -> File {
        let location = locations
            .iter()
            .map(|(path, [line, column])| Location {
                packed_path: packed(path),
                packed_span: packed(&[*line, *column, 99]),
            })
            .map(|location| location.encode_to_vec().into())
            .collect();
        let info = SourceCodeInfo { location }.encode_to_vec();
        File {
            name: String::from("a.proto"),
            source_code_info: Some(info.into()),
            ..File::default()
        }
    }

    fn at(locations: &[(&[i32], [i32; 2])], path: &[i32]) -> (u32, u32) {
        let file = file(locations);
        let place = Source::of(&file).place(path);
        (place.line, place.column)
    }

    #[test]
    fn what_was_written_there_wins_wherever_it_stands_in_the_list() {
        let locations: &[(&[i32], [i32; 2])] = &[
            (&[6, 0, 2, 1, 4], [9, 4]),
            (&[6, 0], [1, 0]),
            (&[6, 0, 2, 1], [8, 2]),
            (&[], [0, 0]),
        ];
        assert_eq!(at(locations, &[6, 0, 2, 1]), (9, 3));
        assert_eq!(at(locations, &[6, 0, 2, 1, 4]), (10, 5));
        assert_eq!(at(locations, &[6, 0, 2, 1, 4, 50006, 3]), (10, 5));
        assert_eq!(at(locations, &[6, 0, 2, 7]), (2, 1));
        assert_eq!(at(locations, &[6, 1]), (1, 1));
    }

    #[test]
    fn an_annotation_written_field_by_field_is_where_its_first_field_is() {
        let locations: &[(&[i32], [i32; 2])] =
            &[(&[6, 0, 2, 0, 4, 50006, 3], [12, 4]), (&[6, 0, 2, 0, 4, 50006, 1], [11, 4])];
        assert_eq!(at(locations, &[6, 0, 2, 0, 4, 50006]), (12, 5));
    }

    #[test]
    fn a_part_that_was_not_written_is_where_the_nearest_part_of_the_whole_is() {
        let locations: &[(&[i32], [i32; 2])] = &[
            (&[6, 0, 2, 0], [8, 2]),
            (&[6, 0, 2, 0, 4], [13, 4]),
            (&[6, 0, 2, 0, 4], [10, 4]),
            (&[6, 0, 2, 0, 4, 50006, 3, 1], [12, 4]),
            (&[6, 0, 2, 0, 4, 50006, 3, 0], [11, 4]),
        ];
        let file = file(locations);
        let line = |part: &[i32]| Source::of(&file).place_in(&[6, 0, 2, 0, 4, 50006], part).line;
        assert_eq!(line(&[3, 1]), 13);
        assert_eq!(line(&[3, 7]), 12);
        assert_eq!(line(&[1]), 12);
    }

    #[test]
    fn without_source_information_the_place_is_the_start_of_the_file() {
        let mut bare = File { source_code_info: None, ..file(&[]) };
        assert_eq!(Source::of(&bare).place(&[6, 0]).to_string(), "a.proto:1:1");
        bare.source_code_info = Some(b"\xff".as_slice().into());
        assert_eq!(Source::of(&bare).place(&[6, 0]).to_string(), "a.proto:1:1");
        let broken = file(&[(&[6], [-1, 3])]);
        assert_eq!(Source::of(&broken).place(&[6]).to_string(), "a.proto:1:1");
    }
}
