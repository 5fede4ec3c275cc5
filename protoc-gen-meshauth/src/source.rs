//! Where in a file something was written.

use prost_types::{FileDescriptorProto, source_code_info::Location};

use crate::diagnostic::Place;

/// Numbers of fields in `descriptor.proto`, from which the paths in source information are made.
pub(crate) mod field {
    pub(crate) const FILE_PACKAGE: i32 = 2;
    pub(crate) const FILE_SYNTAX: i32 = 12;
    pub(crate) const METHOD_OPTIONS: i32 = 4;
}

/// The place of `path` in the file: of what was written there, else of the first thing below it,
/// else of the nearest thing around it.
pub(crate) fn place(file: &FileDescriptorProto, path: &[i32]) -> Place {
    place_in(file, path, &[])
}

/// The place of a part of something: of the part, else of the nearest thing around it within the
/// `whole`.
///
/// A compiler may record the parts of a whole that it does not record itself.
pub(crate) fn place_in(file: &FileDescriptorProto, whole: &[i32], part: &[i32]) -> Place {
    let path = [whole, part].concat();
    let mut within = (whole.len()..=path.len()).rev().map(|length| &path[..length]);
    let written = within.find_map(|path| written(file, path));
    let (line, column) = written.or_else(|| around(file, whole)).unwrap_or((1, 1));
    Place { file: file.name().to_owned(), line, column }
}

fn written(file: &FileDescriptorProto, path: &[i32]) -> Option<(u32, u32)> {
    let below = || locations(file).filter(|location| location.path.starts_with(path));
    let exact = below().find(|location| location.path == path).and_then(start);
    exact.or_else(|| below().filter_map(start).min())
}

fn around(file: &FileDescriptorProto, path: &[i32]) -> Option<(u32, u32)> {
    let around = locations(file).filter(|location| path.starts_with(&location.path));
    around.max_by_key(|location| location.path.len()).and_then(start)
}

/// The list is not sorted in every compiler's output, and it can be absent.
fn locations(file: &FileDescriptorProto) -> impl Iterator<Item = &Location> {
    file.source_code_info.iter().flat_map(|info| &info.location)
}

/// Line and column, from 1.
fn start(location: &Location) -> Option<(u32, u32)> {
    let number = |index: usize| location.span.get(index).and_then(|n| u32::try_from(*n).ok());
    let (line, column) = number(0).zip(number(1))?;
    Some((line.saturating_add(1), column.saturating_add(1)))
}

#[cfg(test)]
mod tests {
    use prost_types::SourceCodeInfo;

    use super::*;

    fn file(locations: &[(&[i32], [i32; 2])]) -> FileDescriptorProto {
        let location = locations
            .iter()
            .map(|(path, span)| Location {
                path: path.to_vec(),
                span: vec![span[0], span[1], 99],
                ..Location::default()
            })
            .collect();
        FileDescriptorProto {
            name: Some(String::from("a.proto")),
            source_code_info: Some(SourceCodeInfo { location }),
            ..FileDescriptorProto::default()
        }
    }

    fn at(locations: &[(&[i32], [i32; 2])], path: &[i32]) -> (u32, u32) {
        let place = place(&file(locations), path);
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
        let line = |part: &[i32]| place_in(&file(locations), &[6, 0, 2, 0, 4, 50006], part).line;
        assert_eq!(line(&[3, 1]), 13);
        assert_eq!(line(&[3, 7]), 12);
        assert_eq!(line(&[1]), 12);
    }

    #[test]
    fn without_source_information_the_place_is_the_start_of_the_file() {
        let bare = FileDescriptorProto { source_code_info: None, ..file(&[]) };
        assert_eq!(place(&bare, &[6, 0]).to_string(), "a.proto:1:1");
        let broken = file(&[(&[6], [-1, 3])]);
        assert_eq!(place(&broken, &[6]).to_string(), "a.proto:1:1");
    }
}
