//! The paths of gRPC's own services, for [`GuardedRoutes::add_open`](super::GuardedRoutes::add_open).

/// `grpc.health.v1.Health/Check`: whether a service serves, asked once.
pub const HEALTH_CHECK: &str = "/grpc.health.v1.Health/Check";

/// `grpc.health.v1.Health/Watch`: the same as a stream, which costs the server one for each caller.
pub const HEALTH_WATCH: &str = "/grpc.health.v1.Health/Watch";

/// `grpc.health.v1.Health/List`: the state of all services, with their names.
pub const HEALTH_LIST: &str = "/grpc.health.v1.Health/List";

/// `grpc.reflection.v1.ServerReflection`: shows everyone whatever is in the descriptor set that you
/// register: all messages, all methods, and with their options the annotations, if it holds them.
///
/// Register the set that a build script writes to `file_descriptor_set_path`. It holds neither the
/// annotations nor comments. One of protoc or buf does, and so does `full_file_descriptor_set_path`:
/// a caller without credentials then reads which roles each method asks for.
pub const REFLECTION: &str = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";

/// `grpc.reflection.v1alpha.ServerReflection`: the same, for older tools.
pub const REFLECTION_ALPHA: &str = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
