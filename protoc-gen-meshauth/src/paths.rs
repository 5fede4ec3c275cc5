//! The paths of messages, from prost.
//!
//! prost resolves the types of services: package, nesting, `extern_path` and well-known types
//! included. So it is asked for the paths of messages through a service that is only there to be
//! resolved.

use std::{borrow::Cow, cell::RefCell, collections::HashMap, rc::Rc};

use prost_build::{Module, ServiceGenerator};
use prost_types::{FileDescriptorProto, MethodDescriptorProto, ServiceDescriptorProto};

use crate::{
    descriptor::full_name,
    error::{Error, ErrorKind},
    names::upper_camel,
    options::Options,
    policy::Package,
};

/// A name that no proto can have: identifiers do not hold a hyphen.
const MESSAGES: &str = "meshauth-messages";

/// The paths of messages in the module of a package.
#[derive(Debug, Default)]
pub(crate) struct Paths {
    /// What prost was asked for, by package and then by full name.
    asked: HashMap<String, HashMap<String, String>>,
}

impl Paths {
    /// The path of a message in the module of the package.
    pub(crate) fn message<'a>(&'a self, package: &str, full_name: &'a str) -> Option<Cow<'a, str>> {
        let asked = self.asked.get(package).and_then(|paths| paths.get(full_name));
        match asked {
            Some(path) => Some(Cow::Borrowed(path)),
            None => own_name(package, full_name).map(upper_camel),
        }
    }

    fn record(&mut self, question: prost_build::Service) {
        let paths = self.asked.entry(question.package).or_default();
        for method in question.methods {
            for (reference, path) in [
                (method.input_proto_type, method.input_type),
                (method.output_proto_type, method.output_type),
            ] {
                paths.insert(full_name(&reference).to_owned(), path);
            }
        }
    }
}

/// Finds the paths of the packages' messages, under the options of this run.
///
/// prost is not asked for messages of the package itself, unless it is told that such can be
/// elsewhere: they are most of an API, and there the path is the name.
pub(crate) fn resolve(packages: &[Package], options: &Options) -> Result<Paths, Error> {
    let is_asked = |package: &Package, message: &str| {
        !options.extern_paths.is_empty() || own_name(&package.name, message).is_none()
    };
    let questions = packages.iter().filter_map(|package| {
        let messages = package.messages().into_iter();
        question(&package.name, messages.filter(|message| is_asked(package, message)))
    });
    let module = |file: &FileDescriptorProto| Module::from_protobuf_package_name(file.package());
    let requests = questions.map(|file| (module(&file), file)).collect();

    let (recorder, paths) = Recorder::new(None);
    let mut config = prost_build::Config::new();
    options.configure(&mut config);
    config.service_generator(Box::new(recorder));
    config.generate(requests).map_err(|error| ErrorKind::Option(error.to_string()))?;
    drop(config);
    Ok(paths.take())
}

/// The name of a message that is declared right in the package, where prost finds it if no
/// `extern_path` says otherwise; prost has one of its own for the well-known types.
fn own_name<'a>(package: &str, message: &'a str) -> Option<&'a str> {
    let name = message.strip_prefix(package)?.strip_prefix('.')?;
    (!name.contains('.') && !package.starts_with("google.protobuf")).then_some(name)
}

/// The file with the service through which prost is asked for the paths of messages; none if there
/// is nothing to ask. It is a file of its own because prost looks for the place of every service in
/// a file that has source information.
pub(crate) fn question<'a>(
    package: &str,
    messages: impl IntoIterator<Item = &'a str>,
) -> Option<FileDescriptorProto> {
    let messages: Vec<&str> = messages.into_iter().collect();
    // A method has two types.
    let method = messages.chunks(2).map(|pair| MethodDescriptorProto {
        name: Some(String::from("ask")),
        input_type: pair.first().map(|message| format!(".{message}")),
        output_type: pair.last().map(|message| format!(".{message}")),
        ..MethodDescriptorProto::default()
    });
    let question = ServiceDescriptorProto {
        name: Some(MESSAGES.to_owned()),
        method: method.collect(),
        ..ServiceDescriptorProto::default()
    };
    (!messages.is_empty()).then(|| FileDescriptorProto {
        name: Some(format!("{MESSAGES}.proto")),
        package: Some(package.to_owned()),
        service: vec![question],
        ..FileDescriptorProto::default()
    })
}

/// Writes down what prost resolves, and leaves the generating to another.
pub(crate) struct Recorder {
    paths: Rc<RefCell<Paths>>,
    inner: Option<Box<dyn ServiceGenerator>>,
}

impl Recorder {
    /// A recorder, and where to find what it wrote down. `inner` sees the services of the proto
    /// only.
    pub(crate) fn new(inner: Option<Box<dyn ServiceGenerator>>) -> (Self, Rc<RefCell<Paths>>) {
        let paths = Rc::default();
        (Self { paths: Rc::clone(&paths), inner }, paths)
    }
}

impl ServiceGenerator for Recorder {
    fn generate(&mut self, service: prost_build::Service, buf: &mut String) {
        if service.proto_name == MESSAGES {
            self.paths.borrow_mut().record(service);
        } else if let Some(inner) = &mut self.inner {
            inner.generate(with_primitives(service), buf);
        }
        // prost-build panics when a module with a service stays empty.
        if buf.is_empty() {
            buf.push_str("//\n");
        }
    }

    fn finalize(&mut self, buf: &mut String) {
        if let Some(inner) = &mut self.inner {
            inner.finalize(buf);
        }
    }

    fn finalize_package(&mut self, package: &str, buf: &mut String) {
        if let Some(inner) = &mut self.inner {
            inner.finalize_package(package, buf);
        }
    }
}

/// The service with primitive types by paths. tonic's own pass knows them by their names; called from
/// here, it would look for `super::bool`.
fn with_primitives(mut service: prost_build::Service) -> prost_build::Service {
    for method in &mut service.methods {
        for path in [&mut method.input_type, &mut method.output_type] {
            if matches!(&**path, "bool" | "i32" | "i64" | "u32" | "u64" | "f32" | "f64") {
                path.insert_str(0, "::core::primitive::");
            }
        }
    }
    service
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message that prost is not asked for has the path that prost would give it.
    #[test]
    fn own_names_are_those_that_prost_finds() {
        let messages = ["a.b.Money", "a.b.list_2fa_THINGS", "a.b.self", "a.b.Self", "a.b.APIUser"];
        let others = ["a.b.Money.Nested", "a.b.c.Money", "a.bc.Money", "a.Money", "b.Money"];
        let asked = question("a.b", messages.into_iter().chain(others)).unwrap();
        let (recorder, paths) = Recorder::new(None);
        let module = Module::from_protobuf_package_name("a.b");
        let mut config = prost_build::Config::new();
        config.service_generator(Box::new(recorder)).generate(vec![(module, asked)]).unwrap();
        let paths = paths.take();
        for message in messages {
            let own_path = Paths::default().message("a.b", message).map(Cow::into_owned);
            assert_eq!(paths.asked["a.b"].get(message), own_path.as_ref(), "{message}");
        }
        for other in others {
            assert_eq!(Paths::default().message("a.b", other), None, "{other}");
        }
        assert_eq!(own_name("google.protobuf", "google.protobuf.Empty"), None);
        assert_eq!(own_name("google.protobuf.compiler", "google.protobuf.compiler.Version"), None);
    }
}
