//! Describes the service without `protoc`, so that the example builds everywhere. Usually
//! `tonic_prost_build::compile_protos("journal.proto")` stands here.

use tonic_build::manual::{Builder, Method, Service};

fn main() {
    let method = |name: &str, route: &str, input: &str, output: &str| {
        Method::builder()
            .name(name)
            .route_name(route)
            .input_type(input)
            .output_type(output)
            .codec_path("tonic_prost::ProstCodec")
            .build()
    };
    let journal = Service::builder()
        .name("Journal")
        .package("journal")
        .method(method(
            "list_entries",
            "ListEntries",
            "crate::Nothing",
            "crate::Entries",
        ))
        .method(method(
            "create_entry",
            "CreateEntry",
            "crate::Entry",
            "crate::Nothing",
        ))
        .build();
    Builder::new().compile(&[journal]);
}
