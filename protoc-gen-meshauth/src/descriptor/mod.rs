//! Encoded file descriptors in, what they declare out, with the extensions intact.

mod proto;

use std::collections::{BTreeSet, HashMap};

use prost::{Message as _, bytes::Bytes};
use prost_reflect::DescriptorPool;

pub(crate) use self::proto::{
    CodeGeneratorRequest, Descriptor, Enum, Field, File, FileDescriptorSet, Location, Method,
    Service, SourceCodeInfo, WithComments, field, full_name, packed,
};
use crate::{
    diagnostic::escaped,
    error::{Error, ErrorKind},
};

/// What every annotation extends.
pub(crate) const METHOD_OPTIONS: &str = "google.protobuf.MethodOptions";

/// All files of a run, imports included.
pub(crate) struct Descriptors {
    pub(crate) files: Vec<File>,
    /// The files that declare options of methods, with what they import.
    pub(crate) options: DescriptorPool,
    /// The files that use editions: neither prost nor prost-reflect reads them.
    pub(crate) editions: Vec<File>,
}

impl Descriptors {
    /// Reads encoded files. The `annotation` is the full name of the extension that is looked for.
    pub(crate) fn read(encoded: Vec<Bytes>, annotation: &str) -> Result<Self, Error> {
        let mut editions = Vec::new();
        let mut left_out = BTreeSet::new();
        let mut files = Vec::new();
        let mut bytes_of = HashMap::new();
        for bytes in encoded {
            let file = File::decode(bytes.clone()).map_err(unreadable)?;
            // A file with a name that was there already would be two things to whoever imports it.
            if bytes_of.contains_key(&file.name) {
                return Err(unreadable(format!("the file `{}` is there twice", file.name)));
            }
            let uses_editions = file.syntax == "editions";
            // A file that imports one that is left out cannot be read without it.
            if uses_editions || file.dependency.iter().any(|import| left_out.contains(import)) {
                left_out.insert(file.name.clone());
                editions.extend(uses_editions.then_some(file));
                continue;
            }
            bytes_of.insert(file.name.clone(), bytes);
            files.push(file);
        }
        let options = options(&files, &bytes_of, annotation)?;
        Ok(Self { files, options, editions })
    }

    /// The messages of all files.
    pub(crate) fn messages(&self) -> Result<Messages<'_>, Error> {
        Messages::of(&self.files)
    }
}

/// The names of those `named` of the encoded files, or of all if none is.
///
/// # Errors
/// Names of files that are not there.
pub(crate) fn requested(files: &[Bytes], named: &[&str]) -> Result<BTreeSet<String>, Error> {
    let name = |file: &Bytes| File::decode(file.clone()).map(|file| file.name).map_err(unreadable);
    let there = files.iter().map(name).collect::<Result<BTreeSet<_>, _>>()?;
    let missing: Vec<_> = named.iter().filter(|name| !there.contains(**name)).collect();
    if !missing.is_empty() {
        let there: String = there.iter().flat_map(|name| ["\n  ", name]).collect();
        let what = format!("the descriptor set does not hold {missing:?}; it holds{there}");
        return Err(ErrorKind::Option(what).into());
    }
    Ok(if named.is_empty() { there } else { named.iter().copied().map(str::to_owned).collect() })
}

/// The pool of the files that declare options of methods: a few small files of a run, so that what
/// is generated from can be large. The annotation is among them whatever it extends.
fn options(
    files: &[File],
    bytes_of: &HashMap<String, Bytes>,
    annotation: &str,
) -> Result<DescriptorPool, Error> {
    let declares = |file: &&File| {
        let mut found = false;
        let mut look = |scope: &str, extensions: &[Field]| {
            found |= extensions.iter().any(|extension| {
                let name = annotation.strip_suffix(extension.name.as_str());
                let is_it =
                    name.is_some_and(|rest| rest.strip_suffix('.').unwrap_or(rest) == scope);
                is_it || full_name(&extension.extendee) == METHOD_OPTIONS
            });
        };
        look(&file.package, &file.extension);
        each_message(file, &mut |name, _, message| look(name, &message.extension));
        found
    };
    let by_name: HashMap<&str, &File> = files.iter().map(|file| (&*file.name, file)).collect();
    let mut wanted: BTreeSet<&str> = BTreeSet::new();
    let mut open: Vec<&File> = files.iter().filter(declares).collect();
    while let Some(file) = open.pop() {
        if wanted.insert(&file.name) {
            open.extend(file.dependency.iter().filter_map(|import| by_name.get(&**import)));
        }
    }
    let file = files.iter().filter(|file| wanted.contains(file.name.as_str()));
    let file = file.filter_map(|file| bytes_of.get(&file.name).cloned()).collect();
    let set = FileDescriptorSet { file }.encode_to_vec();
    DescriptorPool::decode(set.as_slice()).map_err(unreadable)
}

pub(crate) fn unreadable(error: impl std::fmt::Display) -> Error {
    ErrorKind::Descriptors(escaped(error.to_string(), &[])).into()
}

/// A message and where it is declared.
#[derive(Clone, Copy)]
pub(crate) struct Message<'a> {
    pub(crate) descriptor: &'a Descriptor,
    pub(crate) file: &'a File,
}

/// All messages of a run, by full name.
pub(crate) struct Messages<'a>(HashMap<String, Message<'a>>);

impl<'a> Messages<'a> {
    fn of(files: &'a [File]) -> Result<Self, Error> {
        let mut found = HashMap::new();
        let mut twice = None;
        for file in files {
            each_message(file, &mut |full_name, _, descriptor| {
                if found.insert(full_name.to_owned(), Message { descriptor, file }).is_some() {
                    twice = Some(full_name.to_owned());
                }
            });
        }
        match twice {
            None => Ok(Self(found)),
            Some(name) => Err(unreadable(format!("the message `{name}` is there twice"))),
        }
    }

    /// All messages, in no order.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, Message<'a>)> {
        self.0.iter().map(|(name, message)| (name.as_str(), *message))
    }

    /// The message of this name.
    ///
    /// # Errors
    /// There is none: a compiler would have refused the files.
    pub(crate) fn find(&self, full_name: &str) -> Result<Message<'a>, Error> {
        let found = self.0.get(full_name).copied();
        found.ok_or_else(|| unreadable(format!("there is no message `{full_name}`")))
    }
}

/// Visits the messages of a file, nested ones included: with the full name and the path in source
/// information.
pub(crate) fn each_message<'a>(
    file: &'a File,
    visit: &mut impl FnMut(&str, &[i32], &'a Descriptor),
) {
    let (mut name, mut path) = (file.package.clone(), Vec::new());
    each_nested(&file.message_type, field::FILE_MESSAGE, &mut name, &mut path, visit);
}

fn each_nested<'a>(
    messages: &'a [Descriptor],
    number: i32,
    name: &mut String,
    path: &mut Vec<i32>,
    visit: &mut impl FnMut(&str, &[i32], &'a Descriptor),
) {
    let (outer, depth) = (name.len(), path.len());
    for (index, message) in messages.iter().enumerate() {
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(&message.name);
        path.extend([number, position(index)]);
        visit(name, path, message);
        each_nested(&message.nested_type, field::MESSAGE_MESSAGE, name, path, visit);
        name.truncate(outer);
        path.truncate(depth);
    }
}

/// An index as it is written in paths of source information.
pub(crate) fn position(index: usize) -> i32 {
    i32::try_from(index).unwrap_or(i32::MAX)
}
