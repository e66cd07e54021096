//! Makes the API's schema known to the queries, which are checked against it.

fn main() {
    cynic_codegen::register_schema("callab")
        .from_sdl_file("../schema.graphql")
        .expect("schema.graphql can be read")
        .as_default()
        .expect("schema.graphql can be used");
}
